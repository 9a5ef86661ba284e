"""The update hook of every repository of the double."""

from __future__ import annotations

HOOK = """#!/bin/sh
# update REF OLD NEW: refuses what the double says in the environment.
case " $DOUBLE_REFUSED " in *" $1 "*)
  echo "error: GH013: Repository rule violations found for $1." >&2; echo "$DOUBLE_WHY" >&2; exit 1;;
esac
zero=0000000000000000000000000000000000000000
case " $DOUBLE_NO_FORCE " in *" $1 "*)
  if [ "$2" != "$zero" ] && [ "$3" != "$zero" ] && ! git merge-base --is-ancestor "$2" "$3"; then
    echo "error: GH013: Cannot force-push to this branch" >&2; exit 1
  fi;;
esac
if [ -n "$DOUBLE_NO_WORKFLOWS" ] && [ "$3" != "$zero" ]; then
  old=$2; [ "$old" = "$zero" ] && old=HEAD
  if ! git diff --quiet "$old...$3" -- .github/workflows; then
    echo "refusing to allow a GitHub App to create or update workflow without \\`workflows\\` permission" >&2; exit 1
  fi
fi
exit 0
"""
