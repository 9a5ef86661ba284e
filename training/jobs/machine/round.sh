#!/usr/bin/env bash
# One round on the machine of a job: trained, judged, measured, kept where adapters are kept, and proposed as a pull request.
# Run it in a clone at the commit that is due. What it wants in its environment:
#   RECIPE             a name of training/recipes
#   GITHUB_REPOSITORY  owner/name
#   GITHUB_TOKEN       may write contents, pull requests and commit statuses of that repository, and nothing else
#   SELFSOWN_ADAPTERS           where adapters are kept: hf:OWNER/NAME, or a folder that outlives the job
#   HF_TOKEN           for hf: may write that repository
#   PROCESSES          how many train together on this machine (default: one for each GPU, or one)
#   LAUNCH             how they are started, where they are on several machines
#   FSDP               1: spread the weights over them, for a base that does not fit one GPU
set -euo pipefail
: "${RECIPE:?}" "${GITHUB_REPOSITORY:?}" "${SELFSOWN_ADAPTERS:?}"
COMMIT="$(git rev-parse HEAD)"
write_token="${GITHUB_TOKEN:?}"
hub_token="${HF_TOKEN:-}"
unset GITHUB_TOKEN HF_TOKEN SELFSOWN_JOB_KEY # what trains needs no right to write

python3 -m venv .selfsown/venv
export PATH="${PWD}/.selfsown/venv/bin:${PATH}" PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1
export SELFSOWN_CACHE="${SELFSOWN_CACHE:-${PWD}/.selfsown/cache}"
pip install --quiet torch
pip install --quiet ".[train,github]"

PROCESSES="${PROCESSES:-$(python -c 'import torch; print(max(1, torch.cuda.device_count()))')}"
train=(python -m selfsown train "${RECIPE}")
if [[ -n "${LAUNCH:-}" ]]; then
  # shellcheck disable=SC2206 # words on purpose
  train=(${LAUNCH} -m selfsown train "${RECIPE}")
elif [[ "${PROCESSES}" -gt 1 ]]; then
  train=(torchrun --standalone --nproc-per-node "${PROCESSES}" -m selfsown train "${RECIPE}")
fi
if [[ "${FSDP:-}" == 1 ]]; then
  train+=(--fsdp)
fi
live="$(python -c 'import json; print((json.load(open("training/promoted.json")) or {}).get("round") or "")')"
if [[ -n "${live}" ]]; then
  HF_TOKEN="${hub_token}" selfsown round pull "${live}" --from "${SELFSOWN_ADAPTERS}" # the gate measures beside it
fi

"${train[@]}" | tee .selfsown/trained
round="$(tail -n 1 .selfsown/trained)"
selfsown train judge
selfsown gate || test "$?" -eq 1 # 1 says that the round is not better: that is a result, and it is written down

HF_TOKEN="${hub_token}" selfsown round push "${round}" --to "${SELFSOWN_ADAPTERS}"
rm -rf .selfsown/proposed
mkdir .selfsown/proposed
cp "training/rounds/${round}.json" .selfsown/proposed/
GITHUB_TOKEN="${write_token}" selfsown ci propose "${RECIPE}" --rounds .selfsown/proposed --commit "${COMMIT}" --publish
