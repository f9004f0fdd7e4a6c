"""Every exercise's tests fail on the empty function and on a mistake, and pass with the solution."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = ROOT / "docs" / "by-hand" / "exercises"
NAMES = sorted(path.stem for path in EXERCISES.glob("*.py"))


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


solutions = load(Path(__file__).with_name("solutions.py"), "lppn_np_docs_solutions")


def exercise(name, answers):
    """Give the exercise's module with the reader's functions in place, and its tests by name."""
    module = load(EXERCISES / f"{name}.py", f"lppn_np_docs_exercise_{name}")
    for function, answer in answers.items():
        assert hasattr(module, function), f"{name} has no function {function}"
        setattr(module, function, answer)
    return {key: value for key, value in vars(module).items() if key.startswith("test_")}


def failures(tests):
    failed = []
    for name, test in tests.items():
        try:
            test()
        except Exception:  # a wrong answer may end in any error
            failed.append(name)
    return failed


def test_every_exercise_has_a_solution_and_a_mistake():
    assert sorted(solutions.SOLUTIONS) == sorted(solutions.MISTAKES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_unsolved_it_fails(name):
    tests = exercise(name, {})
    assert tests
    assert failures(tests) == list(tests)


@pytest.mark.parametrize("name", NAMES)
def test_solved_it_passes(name):
    assert failures(exercise(name, solutions.SOLUTIONS[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_noticed(name):
    for function, answer in solutions.MISTAKES[name].items():
        answers = {**solutions.SOLUTIONS[name], function: answer}
        assert failures(exercise(name, answers)) != [], function


@pytest.mark.parametrize("name", NAMES)
def test_a_page_leads_to_it(name):
    first_line = (EXERCISES / f"{name}.py").read_text().splitlines()[0]
    page = first_line.split()[2].rstrip(":")
    command = first_line.split(": ", 1)[1].rstrip('"')
    assert command == f"python -m pytest docs/by-hand/exercises/{name}.py"
    assert command in (ROOT / page).read_text()


def test_the_command_of_a_page_works(tmp_path):
    """What the reader types: pytest on the file of an exercise, in a copy with one function written."""
    text = (EXERCISES / "relu6.py").read_text()
    parts = text.split('raise NotImplementedError("yours to write")')
    assert len(parts) == 3
    answers = ("return np.minimum(np.maximum(x, 0), 6)", 'raise NotImplementedError("yours to write")')
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "relu6.py").write_text(parts[0] + answers[0] + parts[1] + answers[1] + parts[2])
    command = [sys.executable, "-m", "pytest", "-q", "relu6.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "1 failed, 2 passed" in run.stdout
