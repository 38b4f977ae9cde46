"""Loading: only approved bytes get in, through a process of their own, and nothing that unpickles is even there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from gateway.desk_house import House, asked, decided, graph
from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError, SpecError
from secondline.gateway.loading import as_model, found, made_ready, study
from secondline.ledger.objects import Objects


def test_an_altered_artefact_is_never_loaded(house: House) -> None:
    """One byte off and the version is not served; the refusal, with both digests, is on record."""
    digest = house.study()
    house.issue(digest)
    path = house.folder / "1.0" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"\x00")
    (one,) = decided(house.watch(), asked(-3.0))
    assert one.decision == "refused"
    assert digest[:16] in one.path[0]


@pytest.mark.usefixtures("quick")
def test_the_artefact_may_lie_anywhere_its_digest_is(house: House) -> None:
    """Where the named file is another, an object of the ledger or a file of a folder with the digest is taken."""
    digest = house.study()
    spec, folder = study(house.folder, "{version}/model.yaml", "pd", "1.0")
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(graph(9.0))
    with pytest.raises(ModelError, match="not what was approved"):
        found(spec, folder, digest, (), None)
    objects = Objects(house.folder / "objects")
    objects.put(content)
    assert found(spec, folder, digest, (), objects) == content
    (house.folder / "shelf").mkdir()
    (house.folder / "shelf" / "any.bin").write_bytes(content)
    assert digest_bytes(found(spec, folder, digest, [house.folder / "shelf"], None)) == digest


def test_a_study_of_another_version_is_refused(house: House) -> None:
    """A model.yaml that describes something else decides nothing by mistake."""
    house.study("1.0")
    with pytest.raises(ModelError, match=r"describes pd@1\.0, and pd@2\.0"):
        study(house.folder, "1.0/model.yaml", "pd", "2.0")
    with pytest.raises(SpecError, match="Cannot read"):
        study(house.folder, "none.yaml", "pd", "1.0")


@pytest.mark.usefixtures("quick")
def test_a_study_without_a_rule_cannot_decide(house: House) -> None:
    """A gateway needs the rule that turns scores into decisions."""
    house.issue(house.study(decision=None))
    watch = house.watch()
    assert "no `decision`" in watch.desk.lines["pd"].trouble


@pytest.mark.usefixtures("quick")
def test_the_threshold_is_versioned_by_what_it_says(house: House) -> None:
    """The same rule has the same version, another rule another, whatever else model.yaml says."""
    versions: list[str] = []
    for rule in ({"approve-below": 0.6}, {"approve-below": 0.6}, {"approve-below": 0.7}):
        house.study(decision=rule, title=str(len(versions)))
        spec, folder = study(house.folder, "{version}/model.yaml", "pd", "1.0")
        versions.append(made_ready(spec, folder, (folder / "model.onnx").read_bytes()).threshold)
    assert versions[0] == versions[1] != versions[2]


def test_a_native_model_is_converted_as_it_is_loaded(house: House) -> None:
    """Approved as a table of coefficients, it is served as the graph made of it, under the digest approved."""
    place = house.folder / "1.0"
    place.mkdir()
    content = b'{"intercept": 0.5, "coefficients": {"limit": 1.0, "age": 0.01}}'
    house.study(artefact={"path": "model.json"})
    (place / "model.json").write_bytes(content)
    house.issue(digest_bytes(content))
    (one,) = decided(house.watch(), asked(-3.0))
    assert one.score == pytest.approx(1 / (1 + np.exp(-(0.5 - 3.0 + 0.3))), abs=1e-9)
    assert one.digest == digest_bytes(content)


@pytest.mark.usefixtures("quick")
def test_what_explains_is_what_scores(house: House) -> None:
    """Without a library of its own, the session itself is asked for explanations."""
    house.study()
    spec, folder = study(house.folder, "{version}/model.yaml", "pd", "1.0")
    loaded = made_ready(spec, folder, (folder / "model.onnx").read_bytes())
    columns = {"limit": np.array([1.0, 2.0]), "age": np.array([3.0, 4.0])}
    assert (as_model(loaded).score(columns) == loaded.session.score(columns)).all()


def test_nothing_that_unpickles_is_used_in_the_process_that_serves(house: House) -> None:
    """With every unpickler barred from import, a gateway loads, decides and closes: none of them is needed."""
    house.issue(house.study())
    path = house.settings()
    script = textwrap.dedent("""
        import sys
        BARRED = {"joblib", "dill", "cloudpickle", "marshal", "shelve", "skops", "sklearn", "lightgbm", "torch"}
        class Bar:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in BARRED and name != "marshal":
                    raise ImportError(f"{name} is barred")
        sys.meta_path.insert(0, Bar())
        import pickle
        def refuse(*_, **__):
            raise SystemExit("something was unpickled")
        pickle.load = pickle.loads = pickle.Unpickler = refuse
        from pathlib import Path
        import numpy as np
        from secondline.gateway.asked import Asked
        from secondline.gateway.settings import read_settings
        from secondline.gateway.watching import Watch
        from gateway.desk_house import Time
        path = Path(sys.argv[1])
        watch = Watch(read_settings(path), path.parent, Time().clock())
        watch.settle()
        columns = {"limit": np.array([-3.0]), "age": np.array([30.0])}
        print(watch.desk.decide([Asked("pd", columns, 1, "x", frozenset({"U-1"}))])[0][0].decision)
        watch.close()
        print(sorted(BARRED & set(sys.modules) - {"marshal"}))
    """)
    here = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {here!r})\n{script}"
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout.split("\n")[:2] == ["approve", "[]"], run.stderr


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.onnx"])
def test_pickles_are_refused_under_any_name(house: House, name: str) -> None:
    """A pickle that was approved by its digest is still not opened: its first bytes give it away."""
    place = house.folder / "1.0"
    house.study(artefact={"path": name})
    content = b"\x80\x04cos\nsystem\n(S'touch canary'\ntR."
    (place / name).write_bytes(content)
    house.issue(digest_bytes(content))
    (one,) = decided(house.watch(), asked(-3.0))
    assert one.decision == "refused"
    assert "pickle" in one.path[0]
