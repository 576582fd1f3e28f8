#!/usr/bin/env bash
# The image's config: what the settings say, on top of what the base says; NVIDIA's variables on CUDA images only; history and
# annotations that name packages; `created` from SOURCE_DATE_EPOCH, else from the lock and the base.
. "$(dirname "$0")/lib.sh"
make_project
cat >>app/pyproject.toml <<'TOML'
entrypoint = ["python", "-m", "app"]
cmd = ["--help"]
env = { MODE = "production", PATH = "/opt/venv/bin:/usr/bin" }
labels = { "org.example.team" = "web" }
annotations = { "org.example.note" = "one" }
user = "1000:1000"
workdir = "/srv"
ports = ["8000", "53/udp"]
stop-signal = "SIGINT"
TOML
cat >images.py <<'PY'
import json, pathlib

def images(layout):
    """(manifest descriptor, manifest, config) of each platform."""
    folder = pathlib.Path(layout)
    load = lambda d: json.loads((folder / "blobs/sha256" / d["digest"][7:]).read_text())
    (top,) = json.loads((folder / "index.json").read_text())["manifests"]
    for image in load(top)["manifests"]:
        manifest = load(image)
        yield image, manifest, load(manifest["config"])
PY
run 0 "$cartwheel" build app -o oci:out
run 0 env SOURCE_DATE_EPOCH=1700000000 "$cartwheel" build app -o oci:epoch
sed -i 's/hash = "sha256:\([0-9a-f]*\)" }/hash = "sha256:\1", upload-time = "2024-05-06T07:08:09.123Z" }/' app/uv.lock
run 0 "$cartwheel" build app -o oci:uploaded
PYTHONPATH=$PYTHONPATH:. python <<'PY'
from images import images

(amd64, cuda, first), (arm64, cpu, second) = images("out")
for config in (first, second):
    inner = config["config"]
    assert inner["Entrypoint"] == ["python", "-m", "app"] and inner["Cmd"] == ["--help"], inner
    assert {"MODE=production", "PATH=/opt/venv/bin:/usr/bin", "VIRTUAL_ENV=/opt/venv"} <= set(inner["Env"]), inner
    assert sum(each.startswith("PATH=") for each in inner["Env"]) == 1, inner
    assert inner["Labels"]["org.example.team"] == "web"
    assert inner["User"] == "1000:1000" and inner["WorkingDir"] == "/srv" and inner["StopSignal"] == "SIGINT"
    assert set(inner["ExposedPorts"]) == {"8000/tcp", "53/udp"}
    assert config["os"] == "linux" and config["created"] == "2024-01-01T00:00:00Z", "the base's, as the lock tells no time"
    history = [each["created_by"] for each in config["history"]]
    assert len(history) == len(config["rootfs"]["diff_ids"]), history
    assert any("greet 1.0" in each for each in history) and any("venv /opt/venv" in each for each in history), history
    assert history[-1] == "cartwheel: project: app 0.1.0", history
assert [each for each in first["config"]["Env"] if each.startswith("NVIDIA_VISIBLE_DEVICES=")]
assert not [each for each in second["config"]["Env"] if "NVIDIA" in each]
assert (first["architecture"], second["architecture"], second.get("variant")) == ("amd64", "arm64", "v8")
assert arm64["platform"] == {"architecture": "arm64", "os": "linux", "variant": "v8"}, arm64
for manifest, accelerator in ((cuda, "cuda 12.1"), (cpu, "cpu")):
    notes = manifest["annotations"]
    assert notes["org.example.note"] == "one" and notes["dev.cartwheel.accelerator"] == accelerator, notes
    assert notes["org.opencontainers.image.title"] == "app" and notes["org.opencontainers.image.version"] == "0.1.0", notes
    packages = [layer.get("annotations", {}).get("dev.cartwheel.packages", "") for layer in manifest["layers"]]
    assert "greet==1.0" in packages, packages
assert all(config["created"] == "2023-11-14T22:13:20Z" for _, _, config in images("epoch"))
assert all(config["created"] == "2024-05-06T07:08:09Z" for _, _, config in images("uploaded"))
for before, after in zip(images("out"), images("epoch")):
    assert before[1]["layers"] == after[1]["layers"], "the epoch has changed a layer"
PY
run 2 env SOURCE_DATE_EPOCH=yesterday "$cartwheel" build app --no-memo -o oci:out
says "SOURCE_DATE_EPOCH"
