"""A layer drawn by QGIS on a picture: for the scripts that Debian's Python runs."""

import base64

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QEventLoop, QSize
from qgis.PyQt.QtGui import QColor

SIDE = 200  # pixels


def drawn(layer, corners):
    """Draw a layer on a transparent picture; gives the opacity of its pixels, row by row, in base 64."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setTransformContext(QgsProject.instance().transformContext())
    settings.setBackgroundColor(QColor(0, 0, 0, 0))
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setExtent(QgsRectangle(*corners))
    job = QgsMapRendererSequentialJob(settings)
    loop = QEventLoop()  # to be asked who it is, QGIS needs a main thread that is not just waiting
    job.finished.connect(loop.quit)
    job.start()
    loop.exec_()
    picture = job.renderedImage()
    alphas = bytes(picture.pixelColor(x, y).alpha() for y in range(SIDE) for x in range(SIDE))
    return base64.b64encode(alphas).decode()
