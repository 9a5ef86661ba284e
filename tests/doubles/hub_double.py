"""A Hugging Face hub on localhost: as much of its HTTP API as pushing and pulling a model needs, strict where it is strict.

`serve_hub()` gives a Hub: its `url` is an endpoint for `HfApi(endpoint=…)`, `repositories` what it holds, `requests` what it
was asked. Large files take the way of Git LFS (`basic`), as they do for a client without hf_xet. `refuse` makes the next
requests of a kind fail.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "hf_of_a_test"
LARGE = 1000  # bytes from which a file is kept by LFS


@dataclass
class Repository:
    """Commits with their whole trees, newest last; the branch main is the last."""

    private: bool
    commits: list[tuple[str, dict[str, bytes]]]
    tags: dict[str, str] = field(default_factory=dict)

    def find(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """Commit and tree of a branch, a tag or a commit."""
        if revision == "main":
            return self.commits[-1]
        wanted = self.tags.get(revision, revision)
        return next((one for one in self.commits if one[0] == wanted), None)

    def commit(self, tree: dict[str, bytes]) -> str:
        """Add a commit."""
        name = hashlib.sha1(f"{len(self.commits)}".encode(), usedforsecurity=False).hexdigest()
        self.commits.append((name, tree))
        return name


@dataclass
class Hub:
    """The state of the double."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)  # the beginning of "METHOD /path" to a status, once

    def head(self, name: str) -> dict[str, bytes]:
        """What lies on main."""
        return self.repositories[name].commits[-1][1]


def describe(path: str, content: bytes) -> dict[str, Any]:
    """A file as the tree of a repository lists it."""
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": oid}
    if len(content) >= LARGE and not path.endswith((".md", ".json")):
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return entry


def missing(kind: str) -> Response:
    """404, with the header by which the client tells what is missing."""
    return JSONResponse({"error": "not found"}, 404, {"X-Error-Code": kind})


class Api:
    """The routes."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def seek(self, request: Request) -> tuple[Repository, str, dict[str, bytes]] | Response:
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        found = self.hub.repositories.get(name)
        is_hidden = found is not None and found.private and not self.may_write(request)
        if found is None or is_hidden:
            return missing("RepoNotFound")
        at = found.find(request.path_params.get("revision", "main"))
        return missing("RevisionNotFound") if at is None else (found, *at)

    def may_write(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    async def create(self, request: Request) -> Response:
        if not self.may_write(request):
            return JSONResponse({"error": "Invalid username or password."}, 401)
        asked = await request.json()
        name = f"{asked.get('organization', 'me')}/{asked['name']}"
        if name in self.hub.repositories:
            return JSONResponse({"error": "You already created this model repo", "url": f"{self.hub.url}/{name}"}, 409)
        private = bool(asked.get("private")) or asked.get("visibility") == "private"
        self.hub.repositories[name] = Repository(private, [])
        self.hub.repositories[name].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        return JSONResponse({"url": f"{self.hub.url}/{name}", "name": name})

    async def info(self, request: Request) -> Response:
        found = self.seek(request)
        if isinstance(found, Response):
            return found
        name = f"{request.path_params['owner']}/{request.path_params['name']}"
        siblings = [{"rfilename": path} for path in sorted(found[2])]
        return JSONResponse(
            {"id": name, "sha": found[1], "siblings": siblings, "private": found[0].private, "tags": []}
        )

    async def tree(self, request: Request) -> Response:
        found = self.seek(request)
        return (
            found if isinstance(found, Response) else JSONResponse([describe(*one) for one in sorted(found[2].items())])
        )

    async def paths(self, request: Request) -> Response:
        found = self.seek(request)
        if isinstance(found, Response):
            return found
        wanted = parse_qs((await request.body()).decode())["paths"]
        return JSONResponse([describe(path, found[2][path]) for path in wanted if path in found[2]])

    async def preupload(self, request: Request) -> Response:
        if not self.may_write(request):
            return JSONResponse({"error": "forbidden"}, 403)
        files = []
        for one in (await request.json())["files"]:
            mode = "lfs" if "lfs" in describe(one["path"], bytes(one["size"])) else "regular"
            files.append({"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None})
        return JSONResponse({"files": files})

    async def batch(self, request: Request) -> Response:
        objects = []
        for one in (await request.json())["objects"]:
            href = {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}}
            objects.append(one | ({} if one["oid"] in self.hub.blobs else {"actions": href}))
        return JSONResponse({"transfer": "basic", "objects": objects}, media_type="application/vnd.git-lfs+json")

    async def upload(self, request: Request) -> Response:
        content = await request.body()
        if hashlib.sha256(content).hexdigest() != request.path_params["oid"]:
            return Response(status_code=400)
        self.hub.blobs[request.path_params["oid"]] = content
        return Response()

    async def commit(self, request: Request) -> Response:
        found = self.seek(request)
        if isinstance(found, Response) or not self.may_write(request):
            return found if isinstance(found, Response) else JSONResponse({"error": "forbidden"}, 403)
        tree = dict(found[2])
        for line in (await request.body()).splitlines():
            key, value = json.loads(line)["key"], json.loads(line)["value"]
            if key == "header" and value.get("parentCommit", found[1]) != found[1]:
                return JSONResponse({"error": "A commit has happened since."}, 412)
            if key == "file":
                tree[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                tree[value["path"]] = self.hub.blobs[value["oid"]]
            elif key == "deletedFile":
                del tree[value["path"]]
        name = found[0].commit(tree)
        url = f"{self.hub.url}/{request.path_params['owner']}/{request.path_params['name']}/commit/{name}"
        return JSONResponse({"commitUrl": url, "commitOid": name, "success": True})

    async def refs(self, request: Request) -> Response:
        found = self.seek(request)
        if isinstance(found, Response):
            return found
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": at} for tag, at in found[0].tags.items()]
        branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": found[0].commits[-1][0]}
        return JSONResponse({"branches": [branch], "tags": tags, "converts": []})

    async def tag(self, request: Request) -> Response:
        if request.method == "DELETE":
            path = {name: request.path_params[name] for name in ("owner", "name")}
            del self.hub.repositories["{owner}/{name}".format(**path)].tags[request.path_params["revision"]]
            return Response()
        found = self.seek(request)
        if isinstance(found, Response):
            return found
        wanted = (await request.json())["tag"]
        if wanted in found[0].tags:
            return JSONResponse({"error": "Tag already exists"}, 409)
        found[0].tags[wanted] = found[1]
        return JSONResponse({})

    async def resolve(self, request: Request) -> Response:
        found = self.seek(request)
        if isinstance(found, Response):
            return found
        path = request.path_params["path"]
        if path not in found[2]:
            return missing("EntryNotFound")
        content = found[2][path]
        entry = describe(path, content)
        etag = entry["lfs"]["oid"] if "lfs" in entry else entry["oid"]
        headers = {"X-Repo-Commit": found[1], "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        begins = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if begins:
            headers["Content-Range"] = f"bytes {begins}-{len(content) - 1}/{len(content)}"
        return Response(content[begins:], 206 if begins else 200, headers, "application/octet-stream")

    async def validate(self, request: Request) -> Response:
        content = (await request.json())["content"]
        is_sound = content.startswith("---\n") and "\n---\n" in content
        return JSONResponse(
            {"errors": [] if is_sound else [{"message": "no metadata"}], "warnings": []}, 200 if is_sound else 400
        )


def build(hub: Hub) -> Any:
    """The application."""
    api, one = Api(hub), "/api/models/{owner}/{name}"
    routes = [
        Route("/api/repos/create", api.create, methods=["POST"]),
        Route("/api/validate-yaml", api.validate, methods=["POST"]),
        Route(one + "/revision/{revision}", api.info),
        Route(one + "/tree/{revision}", api.tree),
        Route(one + "/paths-info/{revision}", api.paths, methods=["POST"]),
        Route(one + "/preupload/{revision}", api.preupload, methods=["POST"]),
        Route(one + "/commit/{revision}", api.commit, methods=["POST"]),
        Route(one + "/refs", api.refs),
        Route(one + "/tag/{revision}", api.tag, methods=["POST", "DELETE"]),
        Route(one, api.info),
        Route("/{owner}/{name}.git/info/lfs/objects/batch", api.batch, methods=["POST"]),
        Route("/lfs/{oid}", api.upload, methods=["PUT"]),
        Route("/{owner}/{name}/resolve/{revision}/{path:path}", api.resolve),
    ]
    app = Starlette(routes=routes)

    async def watched(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)  # type: ignore[arg-type]
            return
        asked = f"{scope['method']} {scope['path']}"
        hub.requests.append(asked)
        for begin in [begin for begin in hub.refuse if asked.startswith(begin)]:
            await JSONResponse({"error": "refused"}, hub.refuse.pop(begin))(scope, receive, send)  # type: ignore[arg-type]
            return
        await app(scope, receive, send)  # type: ignore[arg-type]

    return watched


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """Run the double in a thread until the block ends."""
    hub = Hub()
    server = uvicorn.Server(uvicorn.Config(build(hub), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    hub.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        server.should_exit = True
        thread.join()
