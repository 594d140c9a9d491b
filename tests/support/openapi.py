"""An OpenAPI document as a test needs it: its operations with every reference followed, and answers held against it."""

import json

from jsonschema import Draft202012Validator, RefResolver

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
ANY_ROUTE = "x-any-route"
OTHER_METHODS = "x-other-methods"

TEXT = {"type": "string", "minLength": 1}
EXTENSIONS = {"patternProperties": {"^x-": {}}, "additionalProperties": False}


def map_of(schema, **more):
    return {"type": "object", "additionalProperties": schema, **more}


def closed(needed, **properties):
    return {"type": "object", "required": needed.split(), "properties": properties, **EXTENSIONS}


SCHEMA = {"type": ["object", "boolean"]}  # Draft202012Validator checks these themselves
EXAMPLES = map_of(closed("value", summary=TEXT, value={}))
MEDIA = map_of(closed("schema", schema=SCHEMA, examples=EXAMPLES), minProperties=1)
HEADER = closed("description schema", description=TEXT, schema=SCHEMA, required={"type": "boolean"})
PLACE = {"in": {"enum": ["path", "query", "header", "cookie"]}}
PARAMETER = closed("name in schema", name=TEXT, description=TEXT, required={"type": "boolean"}, schema=SCHEMA, **PLACE)
PARAMETER |= {"if": {"properties": {"in": {"const": "path"}}}, "then": {"required": ["required"]}}
RESPONSE = closed("description", description=TEXT, headers=map_of(HEADER), content=MEDIA)
RESPONSES = closed("") | {"minProperties": 1, "patternProperties": {"^[1-5][0-9][0-9]$": RESPONSE}}
SECURITY = {"type": "array", "items": map_of({"const": []}, minProperties=1)}
OPERATION = closed(
    "operationId responses",
    operationId=TEXT,
    summary=TEXT,
    description=TEXT,
    tags={"type": "array", "items": TEXT, "minItems": 1},
    security=SECURITY,
    parameters={"type": "array", "items": PARAMETER},
    requestBody=closed("content", required={"type": "boolean"}, description=TEXT, content=MEDIA),
    responses=RESPONSES,
)
PATH = closed("", parameters={"type": "array", "items": PARAMETER}, **{method: OPERATION for method in METHODS})
# What OpenAPI 3.1 requires of the parts that we use; whatever else it knows is not allowed here.
SHAPE = closed(
    "openapi info paths",
    openapi={"pattern": r"^3\.1\.\d+$"},
    info=closed(
        "title version",
        title=TEXT,
        version=TEXT,
        description=TEXT,
        license=closed("name", name=TEXT, identifier=TEXT),
        contact=closed("name", name=TEXT, email=TEXT),
    ),
    tags={"type": "array", "items": closed("name", name=TEXT, description=TEXT)},
    servers={"type": "array", "items": closed("url", url=TEXT)},
    paths=closed("") | {"patternProperties": {"^/": PATH}},
    components=closed(
        "",
        schemas=map_of(SCHEMA),
        securitySchemes=map_of({"type": "object", "required": ["type"]}),
        responses=map_of(RESPONSE),
        parameters=map_of(PARAMETER),
        headers=map_of(HEADER),
    ),
)


class Document:
    def __init__(self, document):
        self.document = document
        self.resolver = RefResolver("", document)

    def lookup(self, reference):
        node = self.document
        assert reference.startswith("#/"), reference
        for part in reference[2:].split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def followed(self, node, inside_schema=False):
        """The node with what its references name in their place; those inside schemas stay, as they may be circular."""
        if isinstance(node, list):
            return [self.followed(one, inside_schema) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and not inside_schema:
            assert set(node) == {"$ref"}, node
            return self.followed(self.lookup(node["$ref"]))
        return {k: self.followed(v, inside_schema or k in ("schema", "schemas", "value")) for k, v in node.items()}

    def operations(self):
        """((METHOD, path), operation), the path's parameters among the operation's."""
        for path, item in self.followed(self.document["paths"]).items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    parameters = item.get("parameters", []) + operation.get("parameters", [])
                    yield (method.upper(), path), {**operation, "parameters": parameters}

    def any_route(self):
        return self.followed(self.document[ANY_ROUTE]["responses"])

    def other_methods(self, path):
        return self.followed(self.document["paths"][path][OTHER_METHODS])

    def schemas(self):
        """Every schema of the document."""
        return list(find_schemas(self.document, ""))

    def check_value(self, value, schema, what):
        errors = list(Draft202012Validator(schema, resolver=self.resolver).iter_errors(value))
        assert not errors, f"{what}: {errors[0].json_path}: {errors[0].message[:500]}"

    def check_answer(self, answer, response, method, what):
        """Headers, media type and body are those of the response."""
        for name, header in response.get("headers", {}).items():
            value = answer.headers[name]
            assert value is not None or not header.get("required"), f"{what}: no {name}"
            if value is not None:
                self.check_value(value, header["schema"], f"{what}: {name}")
        if method == "HEAD" or "content" not in response:
            assert answer.body == b"", f"{what}: a body"
            return
        media = answer.headers.get_content_type()
        assert media in response["content"], f"{what}: {media}"
        schema = response["content"][media]["schema"]
        if media == "application/x-ndjson":
            for line in answer.text.splitlines():
                self.check_value(json.loads(line), schema, what)
        else:
            self.check_value(answer.json if media == "application/json" else answer.text, schema, what)


def find_schemas(node, key):
    if isinstance(node, list):
        for one in node:
            yield from find_schemas(one, "")
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "schema" or key == "schemas":
                yield value
            elif name != "value":
                yield from find_schemas(value, name)
