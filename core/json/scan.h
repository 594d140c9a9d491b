// Reading canonical JSON text (json/canonical.h) in place.
//
// REQUIRES for everything here: the text is canonical; nothing is checked again. Text from outside is made canonical
// first, where it comes in. Of other text the results mean nothing, but nothing outside of it is read, and every loop
// ends. Views point into the text given.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace choreo::json {

enum class Kind { object, array, string, number, boolean, null };

Kind kind_of(std::string_view value);
inline bool is_object(std::string_view v) {
  return !v.empty() && v.front() == '{';
}
inline bool is_array(std::string_view v) {
  return !v.empty() && v.front() == '[';
}
inline bool is_string(std::string_view v) {
  return !v.empty() && v.front() == '"';
}
inline bool is_null(std::string_view v) {
  return v == "null";
}

// The offset just past the value that starts at `at`.
std::size_t skip_value(std::string_view text, std::size_t at);

struct Member {
  std::string_view key;    // between its quotes, escapes kept; the plain name for every ordinary key
  std::string_view value;  // canonical
};

// for (const Member& m : members(object)) …; an object only.
class Members {
 public:
  explicit Members(std::string_view object) : text_(object) {}
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    using pointer = const Member*;
    using reference = const Member&;
    iterator(std::string_view text, std::size_t at);
    const Member& operator*() const { return member_; }
    const Member* operator->() const { return &member_; }
    iterator& operator++();
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    void read();
    std::string_view text_;
    std::size_t at_;    // of the member read, or text_.size() at the end
    std::size_t next_;  // just past it
    Member member_;
  };
  iterator begin() const { return iterator(text_, 1); }
  iterator end() const { return iterator(text_, text_.size()); }

 private:
  std::string_view text_;
};
inline Members members(std::string_view object) {
  return Members(object);
}

// for (std::string_view e : elements(array)) …; an array only.
class Elements {
 public:
  explicit Elements(std::string_view array) : text_(array) {}
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = const std::string_view&;
    iterator(std::string_view text, std::size_t at);
    const std::string_view& operator*() const { return element_; }
    iterator& operator++();
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    void read();
    std::string_view text_;
    std::size_t at_;
    std::size_t next_;
    std::string_view element_;
  };
  iterator begin() const { return iterator(text_, 1); }
  iterator end() const { return iterator(text_, text_.size()); }

 private:
  std::string_view text_;
};
inline Elements elements(std::string_view array) {
  return Elements(array);
}

// The value of the last member with that key (escapes as in Member::key); linear.
std::optional<std::string_view> find(std::string_view object, std::string_view key);

// What an empty object `{}` is: no members.
inline bool is_empty_object(std::string_view v) {
  return v == "{}";
}

}  // namespace choreo::json
