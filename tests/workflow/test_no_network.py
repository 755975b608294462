"""A study that needs published files where nothing can be fetched."""


def test_the_workflow_says_where_to_put_them(project):
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
    assert "could not be fetched. Tried:" in said
    assert "Put the file there by hand" in said
