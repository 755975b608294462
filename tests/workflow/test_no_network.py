"""A study that needs published files where nothing can be fetched."""

from descent.data.sources import PUBLISHED


def test_the_workflow_says_so_before_anything_is_trained(project):
    config = (project.folder / "tiny.yaml").read_text(encoding="utf-8")
    config = config.replace("study: tiny", "study: images").replace("use: digits}", "use: mnist}")
    (project.folder / "tiny.yaml").write_text(config, encoding="utf-8")
    no_way = "http://127.0.0.1:9"
    ended = project.run(
        HTTP_PROXY=no_way, HTTPS_PROXY=no_way, http_proxy=no_way, https_proxy=no_way,
        NO_PROXY="", no_proxy="", DESCENT_MIRROR="",
    )  # fmt: skip
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert said.count("can be fetched") == 1
    for name, file in PUBLISHED.items():
        if name.startswith("mnist/"):
            for address in file.addresses:
                assert said.count(f"  {address}\n") == 1
    assert not (project.results.parent / "images" / "runs").exists()
