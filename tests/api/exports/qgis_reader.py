"""What QGIS sees of a project or of a layer definition, as JSON: run by Debian's Python, with nothing of ours.

Arguments: the file, then the account and the token to put under the authentication configuration that it names.
"""

import json
import os
import sqlite3
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsLayerDefinition,
    QgsProject,
    QgsVectorLayer,
    QgsVectorTileLayer,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "ogc"))
from qgis_drawing import drawn

file, authcfg, account, token = sys.argv[1:5]
corners = json.loads(sys.argv[5]) if len(sys.argv) > 5 else None  # of what is drawn of tiles, in EPSG:3857
application = QgsApplication([], False)
application.initQgis()
manager = QgsApplication.authManager()
manager.setMasterPassword("un mot de passe de test", True)
config = QgsAuthMethodConfig("Basic")
config.setId(authcfg)
config.setName("geo_lhi")
config.setConfig("username", account)
config.setConfig("password", token)
stored = manager.storeAuthenticationConfig(config)

project = QgsProject.instance()
if file.endswith(".qlr"):
    QgsLayerDefinition.loadLayerDefinition(file, project, project.layerTreeRoot())
elif file.endswith(".gpkg"):
    with sqlite3.connect(file) as base:
        names = [name for (name,) in base.execute("SELECT table_name FROM gpkg_geometry_columns")]
    for name in names:
        project.addMapLayer(QgsVectorLayer(f"{file}|layername={name}", name, "ogr"))
else:
    project.read(file)
seen = {
    "stored": bool(stored[0] if isinstance(stored, tuple) else stored),
    "crs": project.crs().authid(),
    "groups": [group.name() for group in project.layerTreeRoot().findGroups()],
    "layers": {},
}
for layer in project.mapLayers().values():
    if isinstance(layer, QgsVectorTileLayer):
        seen["layers"][layer.name()] = {
            "valid": layer.isValid(),
            "styles": [style.styleName() for style in layer.renderer().styles()],
            "drawn": drawn(layer, corners) if corners else "",
        }
        continue
    features = list(layer.getFeatures()) if layer.isValid() else []
    renderer = layer.renderer()
    seen["layers"][layer.name()] = {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "provider": layer.dataProvider().name(),
        "count": len(features),
        "fields": [field.name() for field in layer.fields()],
        "renderer": renderer.type() if renderer else "",
        "values": [category.value() for category in renderer.categories()]
        if renderer and renderer.type() == "categorizedSymbol"
        else [],
        "colour": renderer.symbol().color().name() if renderer and renderer.type() == "singleSymbol" else "",
        "runs": sorted({feature["analyse"] for feature in features})
        if features and layer.fields().indexOf("analyse") >= 0
        else [],
        "first": features[0].geometry().asWkt(5) if features else "",
    }
print(json.dumps(seen))
sys.stdout.flush()
os._exit(0)  # QGIS 3.22 may crash when it closes: what it saw is already said
