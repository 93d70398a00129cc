"""Print the lower bounds of the project's dependencies as pip constraints."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text())["project"]
extras = project["optional-dependencies"]
tested = [named for extra, names in extras.items() if extra != "dev" for named in names]
for requirement in [*project["dependencies"], *tested]:
    if not requirement.startswith(f"{project['name']}["):
        name, version = re.fullmatch(r"([\w-]+)>=([\w.]+)", requirement).groups()
        sys.stdout.write(f"{name}=={version}\n")
