"""Look for known vulnerabilities in what is installed: ``python .ci/audit.py PIP_AUDIT``.

pip-audit reports success for packages that it could not look up, which behind a mirror of packages is all of
them, and without a network it ends in a traceback. Here both are said: the exit status is 0, with a notice,
when nothing could be audited (2 with ``--must``), and 1 when something vulnerable was found.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

#: Where pip-audit asks, one after the other until one of them answers.
SERVICES = ("pypi", "osv")
#: Seconds that one of them may take: a network that swallows packets must not hold everything up.
PATIENCE = 40


def installed():
    """Packages with their releases, as a file of requirements has them; without what is editable."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "freeze", "--exclude-editable"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ask(pip_audit, requirements, service):
    """What a service says of each package, and what went wrong if it says nothing."""
    command = [pip_audit, "--format", "json", "--vulnerability-service", service, "--progress-spinner", "off"]
    command += ["--no-deps", "--disable-pip", "--requirement", requirements]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
        return json.loads(done.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return [], f"no answer within {PATIENCE} s"
    except OSError as error:
        return [], f"pip-audit cannot be run ({error})"
    except (ValueError, KeyError, TypeError):
        return [], (done.stderr.strip().splitlines() or ["no output"])[-1]


def judge(packages, must):
    """Lines to print and the exit status."""
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    audited = [each for each in packages if "skip_reason" not in each]
    bad = [
        f"{each['name']} {each['version']}: {found['id']} ({', '.join(found['fix_versions']) or 'no'} fix)"
        for each in audited
        for found in each["vulns"]
    ]
    if not audited:
        return ["NOT AUDITED: no list of vulnerabilities could be reached. This says nothing."], 2 * must
    lines = [f"{len(audited)} packages audited, {len(bad)} known vulnerabilities", *bad]
    if skipped:
        lines.append(f"NOT AUDITED, {len(skipped)} packages: {' '.join(skipped)}")
    return lines, int(bool(bad))


def main(arguments=None):
    """Ask the services in turn; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pip_audit", help="its executable")
    parser.add_argument("--must", action="store_true", help="fail when nothing could be audited")
    options = parser.parse_args(arguments)
    packages = []
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(installed())
        for service in SERVICES:
            packages, problem = ask(options.pip_audit, str(requirements), service)
            if any("skip_reason" not in each for each in packages):
                break
            print(f"{service}: {problem or 'knows none of the packages'}")
    lines, status = judge(packages, options.must)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
