"""The form of a method: its parameters as fields, what was typed, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from layers.scope import Scope
from maps.services.methods.method import Method
from maps.services.methods.parameters import Number, Parameter, Several
from maps.services.period import default_period


@dataclass(frozen=True)
class Field:
    """One parameter on the page."""

    parameter: Parameter
    value: Any
    error: str
    choices: Mapping[str, str]
    required: bool

    @property
    def step(self) -> str:
        """The step of a number field."""
        whole = isinstance(self.parameter, Number) and self.parameter.whole
        return "1" if whole else "any"


def fields_of(
    method: Method, scope: Scope, given: Mapping[str, Any], errors: Mapping[str, str]
) -> list[Field]:
    """Give the fields in order, with what was given or what is proposed."""
    since, until = default_period(scope)
    proposed = {"since": since.isoformat(), "until": until.isoformat()}
    return [
        Field(
            parameter,
            given.get(parameter.name, proposed.get(parameter.name, parameter.default)),
            errors.get(parameter.name, ""),
            parameter.offered(scope),
            _is_required(parameter, scope),
        )
        for parameter in method.parameters
    ]


def _is_required(parameter: Parameter, scope: Scope) -> bool:
    """Say whether a parameter refuses to be left empty."""
    try:
        parameter.read("", scope)
    except ValueError:
        return True
    return False


def given_in(method: Method, posted: QueryDict) -> dict[str, Any]:
    """Give what a form sent for the parameters of a method, and nothing else it sent."""
    given: dict[str, Any] = {}
    for parameter in method.parameters:
        if isinstance(parameter, Several):
            given[parameter.name] = posted.getlist(parameter.name)
        elif parameter.name in posted:
            given[parameter.name] = posted[parameter.name]
    return given
