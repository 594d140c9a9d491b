// Which page a browser's request comes from, as far as the browser says. A cookie counts for requests of our own page
// alone: one of another site, of a sibling domain or of another port would use it without its owner's knowledge.
// Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace choreo::access {

// Headers, "" where absent.
struct Page {
  std::string_view fetch_site = {};  // Sec-Fetch-Site, which browsers send over https and to this machine
  std::string_view origin = {};      // Origin, which all of them send with what may change something
  std::string_view host = {};        // Host, as the client sent it
  std::string_view forwarded_host =
      {};              // X-Forwarded-Host: what Host was before a proxy. No page can make a browser send it
  bool https = false;  // the request is known to have come over https
};

// True also where a browser says nothing: programs do not.
bool from_our_page(const Page& page);

// Whether a page of any origin may make a browser send a body of this type without asking (Fetch, "CORS-safelisted"):
// text/plain and what forms send.
bool is_form_type(std::string_view content_type);
// The one of these that a form makes JSON of.
bool is_plain_text(std::string_view content_type);

}  // namespace choreo::access
