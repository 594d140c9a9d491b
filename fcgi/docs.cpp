// GET /docs and GET /openapi.json (SPEC 5).
#include "fcgi/docs.h"

#include "json/string.h"

namespace choreo::fcgi {
namespace {

constexpr std::string_view kHeading = "# ";

std::string_view title_of(const Page& page) {
  std::string_view line = page.text.substr(0, page.text.find('\n'));
  if (line.starts_with(kHeading)) line.remove_prefix(kHeading.size());
  return line;
}

Response docs_as_text() {
  Response response;
  response.content_type = "text/plain; charset=utf-8";  // Markdown; as text/markdown browsers would save it
  for (const Page& page : pages()) {
    if (!response.body.empty()) response.body += "\n\n";
    response.body += page.text;
  }
  return response;
}

Response docs_as_json() {
  std::string body = "{\"version\":\"" CHOREO_VERSION "\",\"documents\":[";
  for (const Page& page : pages()) {
    if (body.back() != '[') body += ',';
    body += "{\"name\":" + json::quote(page.name) + ",\"title\":" + json::quote(title_of(page)) +
            ",\"text\":" + json::quote(page.text) + "}";
  }
  return json_response(body + "]}");
}

Result<Response> docs(const Request& request) {
  return request.target.parameter("format") == "json" ? docs_as_json() : docs_as_text();
}

}  // namespace

void add_docs_routes(Router& router) {
  router.add("GET", "/docs", [](Request& request) { return docs(request); });
  router.add("GET", "/openapi.json",
             [](Request&) -> Result<Response> { return json_response(std::string(openapi_document())); });
}

}  // namespace choreo::fcgi
