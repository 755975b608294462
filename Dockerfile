# A study in a container: the versions of requirements.lock, the code of this folder.
#
#   docker build --tag descent .
#   docker run --rm --volume "$PWD/results:/descent/results" descent --cores 8
#
# docs/cluster.md says how a cluster uses it.
FROM python:3.13-slim
WORKDIR /descent
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md Snakefile environment.yml ./
COPY config config
COPY examples examples
COPY profiles profiles
COPY workflow workflow
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
ENV OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["snakemake"]
CMD ["--cores", "all"]
