"""A page that stands alone: every address is inlined, dropped on purpose, or refused."""

import pytest

from maps.exports.inlining import UnknownAsset, stand_alone

LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/"


def page(head="", body=""):
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def test_leaflet_is_inlined_with_its_pictures():
    alone = stand_alone(
        page(
            f'<script src="{LEAFLET}leaflet.js"></script><link rel="stylesheet" href="{LEAFLET}leaflet.css"/>'
        )
    )
    assert "cdn.jsdelivr" not in alone
    assert "L.map" in alone or "Leaflet" in alone
    assert "url(data:image/png;base64," in alone
    assert alone.count("</script>") == 1
    assert "sourceMappingURL" not in alone


def test_what_no_page_uses_is_dropped():
    alone = stand_alone(page('<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>'))
    assert "jquery" not in alone


@pytest.mark.parametrize(
    "asset",
    [
        '<script src="https://cdn.example/other.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/other.css">',
        '<link href="https://cdn.example/other.css" rel="stylesheet">',
        f'<script src="{LEAFLET}leaflet-src.js"></script>',
        '<script src="https://cdn.jsdelivr.net.example/npm/leaflet@1.9.3/dist/leaflet.js"></script>',
        '<script async src="//cdn.example/other.js"></script>',
    ],
)
def test_an_unknown_asset_is_refused(asset):
    with pytest.raises(UnknownAsset):
        stand_alone(page(asset))


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="https://tuiles.example/1.png">',
        "<iframe src='https://cadre.example/'></iframe>",
        '<script type="module" src=https://cdn.example/x.js></script>',
    ],
)
def test_an_address_in_the_body_is_refused(tag):
    with pytest.raises(UnknownAsset):
        stand_alone(page(body=tag))


def test_a_picture_in_the_page_itself_is_kept():
    assert "data:image/png" in stand_alone(page(body='<img src="data:image/png;base64,AA==">'))


def test_the_policy_forbids_any_request():
    alone = stand_alone(page())
    assert alone.index("default-src 'none'") < alone.index("</head>")
    assert "connect-src" not in alone


def test_a_page_without_one_head_is_refused():
    with pytest.raises(UnknownAsset):
        stand_alone("<html><body></body></html>")
