# Writes the C++ file that defines what fcgi/docs.h declares: pages of docs/ and openapi.json as string literals.
#
#   cmake -DDOCS=<docs/> -DPAGES=<name;…> -DOUT=<file.cpp> -P EmbedDocs.cmake

set(delimiter choreo_docs)

function(append_literal file)
  file(READ "${file}" text)
  string(FIND "${text}" ")${delimiter}\"" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${file} holds the delimiter of its literal, ${delimiter}")
  endif()
  file(APPEND "${OUT}.new" "R\"${delimiter}(${text})${delimiter}\"")
endfunction()

file(WRITE "${OUT}.new" "#include \"fcgi/docs.h\"\n\nnamespace choreo::fcgi {\n\nstatic constexpr Page kPages[] = {\n")
foreach(name IN LISTS PAGES)
  file(APPEND "${OUT}.new" "{\"${name}\", ")
  append_literal("${DOCS}/${name}.md")
  file(APPEND "${OUT}.new" "},\n")
endforeach()
file(APPEND "${OUT}.new" "};\n\nstd::span<const Page> pages() {\n  return kPages;\n}\n\n")
file(APPEND "${OUT}.new" "std::string_view openapi_document() {\n  return ")
append_literal("${DOCS}/openapi.json")
file(APPEND "${OUT}.new" ";\n}\n\n}  // namespace choreo::fcgi\n")
file(RENAME "${OUT}.new" "${OUT}")
