// An append whose client hears how far it is: POST /{instance}/operations?progress=true.
//
// The answer is lines of JSON: {"progress":{…}} while it runs, then the answer of the append, or its error with its
// status. What ends before there was a line to send is answered as any other append. The append goes on when the client
// is gone. Thread-safety: any thread; waits for the first line.
#pragma once

#include "fcgi/app.h"

namespace choreo::fcgi {

Result<Response> watched_append(App& app, const std::string& slug, append::Request request, Asked asked);

}  // namespace choreo::fcgi
