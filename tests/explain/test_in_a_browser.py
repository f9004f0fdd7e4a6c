"""The page as a reader meets it, in a headless Chromium, opened from a file."""

import re

import numpy as np
import pytest

from lppn_np.explain import build_page
from lppn_np.picking.check import check_array
from lppn_np.picking.pipeline import Settings, find_arrivals


@pytest.fixture(scope="module")
def small(record, models, tmp_path_factory):
    """A page of one model."""
    path = tmp_path_factory.mktemp("small") / "small page.html"
    name = "XX.<b>'\"&</script>..HH"
    path.write_text(build_page(record, {"paper": models["paper"]}, trace_id=name), "utf-8")
    return path


@pytest.fixture(scope="module")
def several(record, models, tmp_path_factory):
    """A page of three models."""
    path = tmp_path_factory.mktemp("several") / "several.html"
    chosen = {name: models[name] for name in ("paper", "64-4", "deep", "medium")}
    path.write_text(build_page(record, chosen), "utf-8")
    return path


def n_picks(record, model, P, S):
    samples = check_array(record, "ENZ", model.component_order)
    return len(find_arrivals(model, samples, Settings(P, S).resolve(model)))


def shown_picks(page):
    return page.locator("#picks button").count()


def number(text):
    """The page writes minus signs as such."""
    return float(text.replace("\u2212", "-"))


def colours(page, selector):
    """How many different colours a canvas shows."""
    return page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
        selector,
    )


def test_it_loads_without_a_complaint_and_without_a_network(open_page, small):
    opened = open_page(small)
    assert opened.troubles == []
    assert opened.requests == [small.as_uri()]
    assert "XX.<b>'\"&</script>..HH" in opened.page.inner_text("h1")
    assert opened.page.is_hidden("#failure")
    assert colours(opened.page, "#component-0 canvas") > 5
    assert opened.page.is_hidden("#compare")
    assert opened.page.inner_text("#check").endswith("Its picks are those of this page.")


def test_several_models(open_page, several):
    opened = open_page(several)
    page = opened.page
    assert page.locator("#compare-rows tr").count() == 4
    assert page.locator("#compare-charts canvas.features").count() == 4
    for name in ("medium", "64-4"):
        page.get_by_role("group", name="Model").get_by_role("button", name=name).click()
        page.wait_for_selector("html:not([data-window=computing])")
        assert name in page.inner_text("[data-model][aria-pressed=true]")
        assert colours(page, "#map canvas") > 5
    assert opened.troubles == []


def test_the_slider_moves_the_picks(open_page, small, record, models):
    page = open_page(small).page
    model = models["paper"]
    P, S = model.config.P_threshold, model.config.S_threshold
    assert shown_picks(page) == n_picks(record, model, P, S)
    counts = set()
    for key, value in (("Home", 0.01), ("ArrowRight", 0.02), ("End", 1.0), ("ArrowLeft", 0.99)):
        page.focus("#threshold-P")
        page.keyboard.press(key)
        assert page.inner_text("#threshold-P-value") == f"{value:.2f}"
        assert shown_picks(page) == n_picks(record, model, value, S)
        counts.add(shown_picks(page))
    assert len(counts) > 1
    page.focus("#threshold-S")
    page.keyboard.press("End")
    assert shown_picks(page) == 0
    assert "No pick" in page.inner_text("#pick-count")
    assert page.is_visible("#segment-none")


def test_a_click_on_a_box_shows_its_maps(open_page, small):
    page = open_page(small).page
    page.get_by_role("button", name=re.compile("^Block 3: ")).click()
    assert page.inner_text("#layer-title") == "Block 3"
    assert page.get_attribute("[data-box='features.2']", "aria-pressed") == "true"
    assert "features.2.project_norm: 16 channels" in page.get_attribute("#map", "aria-label")
    assert colours(page, "#map canvas") > 20
    assert colours(page, "[data-box='features.2'] canvas") > 20
    page.get_by_role("button", name="depthwise", exact=True).click()
    assert "features.2.depthwise: 32 channels" in page.get_attribute("#map", "aria-label")
    assert page.locator("#numbers td.kernel").count() == 3


def test_a_number_is_multiplied_out(open_page, small):
    page = open_page(small).page
    page.get_by_role("button", name=re.compile("^Block 3: ")).click()
    page.get_by_role("button", name="depthwise", exact=True).click()
    page.check("#all-digits")
    values = set()
    for _ in range(3):
        products = page.locator("#numbers td.product").all_inner_texts()
        total = sum(number(text) for text in products)
        shown = number(page.inner_text("#sum"))
        assert abs(total - shown) <= 1e-12 * max(1, abs(shown))
        assert page.get_attribute("#value", "data-exact") in page.evaluate(
            "String(LPPN.app.rows()[LPPN.app.state.channel][LPPN.app.state.time])"
        )
        values.add(shown)
        page.get_by_role("button", name="Slide later ▶").click()
    assert len(values) == 3


def test_a_click_in_the_map_chooses_the_number(open_page, small):
    page = open_page(small).page
    before = page.inner_text("#numbers-title")
    box = page.locator("#map .u-over").bounding_box()
    page.locator("#map .u-over").click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.9})
    assert page.inner_text("#numbers-title") != before
    assert page.evaluate("LPPN.app.state.channel") == 2
    assert page.evaluate("LPPN.app.state.time / LPPN.app.step().time") == pytest.approx(0.9, abs=0.02)


def test_another_window(open_page, small):
    page = open_page(small).page
    page.evaluate("LPPN.app.chooseWindow(0)")
    page.wait_for_selector("html[data-window='0']")
    assert page.is_disabled("#previous-window")
    page.click("#next-window")
    page.wait_for_selector("html[data-window='1']")
    assert page.inner_text("#window-title").startswith("Window 2 of 4, 3072 samples from 20.48")


def test_the_pick_is_segment_start_plus_offset(open_page, small):
    page = open_page(small).page
    for _ in range(2):
        lines = page.inner_text("#offset-lines")
        found = re.search(r"\+ offset\s+(\d+) ([+\u2212]) ([\d.]+) = ([\d.]+)", lines)
        start, sign, offset, total = found.groups()
        assert abs(int(start) + number(sign + offset) - float(total)) < 2e-3
        assert int(start) % 16 == 0
        page.click("#previous-pick")


def test_a_pick_of_several_segments_is_their_mean(open_page, several):
    page = open_page(several).page
    page.get_by_role("group", name="Model").get_by_role("button", name="deep").click()
    page.wait_for_selector("html:not([data-window=computing])")
    *rows, last = page.locator("#shares-rows tr").all_inner_texts()
    assert len(rows) == 3
    parts = np.array([[float(row.split("= ")[1].split()[0]), float(row.split()[-1])] for row in rows])
    mean, total = (float(text) for text in re.search(r"mean ([\d.]+)\s+sum ([\d.]+)", last).groups())
    assert total == pytest.approx(parts[:, 1].sum(), abs=1e-3)
    assert mean == pytest.approx((parts[:, 0] * parts[:, 1]).sum() / total, abs=0.02)


def test_keys_alone_reach_the_boxes(open_page, small):
    page = open_page(small).page
    page.focus("#next-window")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.box") == "features.0":
            break
    page.keyboard.press("Enter")
    assert page.inner_text("#layer-title") == "Block 1"
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select")]
             .filter((node) => !node.labels?.length && !node.ariaLabel && !node.textContent.trim())
             .map((node) => node.outerHTML)"""
    )
    assert nameless == []


def test_on_a_phone_nothing_is_wider_than_the_screen(open_page, several):
    page = open_page(several, width=390).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for step in ("features.3.depthwise", "receptive_field.4.conv", "probabilities"):
        page.evaluate(f"LPPN.app.chooseStep('{step}')")
        assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(scheme, open_page, small):
    opened = open_page(small, scheme=scheme)
    page = opened.page

    def brightness():
        return sum(
            map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3])
        )

    assert (brightness() > 600) == (scheme == "light")
    page.click("#theme")
    assert (brightness() > 600) == (scheme == "dark")
    assert opened.troubles == []


def test_a_record_without_a_signal(open_page, record, models, tmp_path):
    path = tmp_path / "flat.html"
    path.write_text(build_page(record * 0 + 1, {"paper": models["paper"]}), "utf-8")
    opened = open_page(path)
    assert opened.troubles == []
    assert "No pick" in opened.page.inner_text("#pick-count")


def test_a_record_shorter_than_a_window(open_page, record, models, tmp_path):
    path = tmp_path / "short.html"
    path.write_text(build_page(record[:, :700], {"paper": models["paper"]}), "utf-8")
    opened = open_page(path)
    assert opened.troubles == []
    assert shown_picks(opened.page) == n_picks(record[:, :700], models["paper"], None, None)
