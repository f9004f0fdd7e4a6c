"""The page's scripts share one object: a name that two of them set would be the later one's alone."""

import re
from collections import Counter
from importlib.resources import files


def test_no_name_is_set_twice():
    scripts = [f for f in (files("lppn_np") / "explain" / "template").iterdir() if f.name.endswith(".js")]
    assert len(scripts) > 5
    names = Counter(
        name
        for script in scripts
        for name in re.findall(r"^LPPN\.(\w+) = ", script.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert len(names) > 20
    assert [name for name, count in names.items() if count > 1] == []
