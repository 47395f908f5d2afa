"""What QGIS makes of layers served to it, as JSON: run by Debian's Python, with nothing of ours.

Arguments: JSON, by name what to open; then JSON, the account and token of each authentication configuration to make.
What to open: ``kind`` (WFS, OAPIF, tiles), ``uri``, and what to do with it: ``subset`` (a condition), ``box`` (a
rectangle in degrees), ``draw`` (a rectangle in EPSG:3857).
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis_drawing import drawn


def seen_features(layer, asked):
    """Give what a layer of features tells: by parts, then whole, then filtered."""
    if not layer.isValid():
        return {"count": len(list(layer.getFeatures())), "drawn": drawn(layer, asked["draw"])}
    seen = {"fields": [field.name() for field in layer.fields()], "crs": layer.crs().authid()}
    seen["in_box"] = len(list(layer.getFeatures(QgsFeatureRequest(QgsRectangle(*asked["box"])))))
    seen["drawn"] = drawn(layer, asked["draw"])
    features = list(layer.getFeatures())
    seen["count"] = len(features)
    seen["first"] = features[0].geometry().asWkt(5) if features else ""
    seen["took_subset"] = layer.setSubsetString(asked["subset"])
    seen["in_subset"] = len(list(layer.getFeatures()))
    return seen


def seen_tiles(layer, asked):
    """Give what tiles draw: all of them, then in the style of the server, then what a condition keeps."""
    seen = {"drawn": drawn(layer, asked["draw"])}
    renderer = layer.renderer().clone()
    styles = renderer.styles()
    for style in styles:
        style.setLayerName(layer.name())
        style.setFilterExpression(f"({style.filterExpression() or 'true'}) AND ({asked['subset']})")
    renderer.setStyles(styles)
    layer.setRenderer(renderer)
    seen["drawn_subset"] = drawn(layer, asked["draw"])
    if "styleUrl" in asked["uri"]:
        seen["styled"] = layer.loadDefaultStyle()[-1]
        seen["styles"] = [style.styleName() for style in layer.renderer().styles()]
        seen["drawn_styled"] = drawn(layer, asked["draw"])
    return seen


def keep_keys(keys):
    """Put each account and token under an authentication configuration."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("un mot de passe de test", True)
    for authcfg, (account, token) in keys.items():
        config = QgsAuthMethodConfig("Basic")
        config.setId(authcfg)
        config.setName(authcfg)
        config.setConfig("username", account)
        config.setConfig("password", token)
        manager.storeAuthenticationConfig(config)


application = QgsApplication([], False)
application.initQgis()
keep_keys(json.loads(sys.argv[2]))
answers = {}
for name, asked in json.loads(sys.argv[1]).items():
    if asked["kind"] == "tiles":
        layer = QgsVectorTileLayer(asked["uri"], name)
        answers[name] = {"valid": layer.isValid(), **seen_tiles(layer, asked)}
    else:
        layer = QgsVectorLayer(asked["uri"], name, asked["kind"])
        answers[name] = {"valid": layer.isValid(), **seen_features(layer, asked)}
print(json.dumps(answers))
sys.stdout.flush()
os._exit(0)  # QGIS 3.22 may crash when it closes: what it saw is already said
