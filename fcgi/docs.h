// The documentation inside the program; cmake/EmbedDocs.cmake makes the definitions from docs/ when it is built.
// Thread-safety: constants.
#pragma once

#include <span>
#include <string_view>

#include "fcgi/router.h"

namespace choreo::fcgi {

struct Page {
  std::string_view name;  // docs/<name>.md
  std::string_view text;  // Markdown; its first line is "# <title>"
};

// In the order in which GET /docs shows them.
std::span<const Page> pages();

// docs/openapi.json.
std::string_view openapi_document();

// GET /docs and GET /openapi.json.
void add_docs_routes(Router& router);

}  // namespace choreo::fcgi
