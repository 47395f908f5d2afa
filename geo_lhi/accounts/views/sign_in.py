"""The sign-in page: the only place that checks a password, so the only one where guessing could pay.

A check costs a fifth to half a second of processor by design. Attempts are counted before it, and given back when
the password was right: an office behind one address does not lock itself out at nine o'clock.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse

from geo_lhi.accounts import limits
from geo_lhi.accounts.addresses import client_address

PERIOD = timedelta(minutes=15)
OF_A_NAME = 10  # wrong passwords for one name from one address
OF_AN_ADDRESS = 50  # for whatever names


class SignIn(auth_views.LoginView):
    """The form, and its limits."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt, then check the password; past the limit, check nothing."""
        wait_s = limits.spend(self._spenders(), PERIOD)
        if not wait_s:
            return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=self.get_form_class()(request), wait_min=-(-wait_s // 60))
        return self.render_to_response(context, status=429, headers={"Retry-After": str(wait_s)})

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and give the attempt back."""
        limits.give_back(self._spenders())
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say how long to wait, 0 outside the limits."""
        return {"wait_min": 0, **super().get_context_data(**kwargs)}

    def _spenders(self) -> dict[str, int]:
        address = client_address(self.request)
        name = self.request.POST.get("username", "")[:150]
        return {f"sign-in {address} {name}": OF_A_NAME, f"sign-in {address}": OF_AN_ADDRESS}
