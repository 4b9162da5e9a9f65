"""The release program, the baseline and the bare mint, built by cargo and found by its own word on where they are."""

import json
import subprocess


def programs(repository):
    command = ["cargo", "build", "--release", "--locked", "--message-format=json-render-diagnostics",
               "--bin", "editkey", "--bench", "baseline", "--bench", "minting"]
    out = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True).stdout
    messages = (json.loads(line) for line in out.splitlines() if line.startswith("{"))
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}
