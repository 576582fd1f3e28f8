#pragma once

// Internal to the folder: what the readers of the parts of [tool.cartwheel] share.

#include <optional>
#include <string>
#include <utility>

#include "settings/settings.h"
#include "settings/table_reader.h"

namespace cartwheel::settings {

// What a key says, when it is there.
template <typename Value>
void take(Value& into, std::optional<Value> value) {
  if (value) {
    into = std::move(*value);
  }
}

// Runs a check on a value; its Error gets the place of the key.
template <typename Check>
void checked(const TableReader& table, const std::string& key, Check&& check) {
  try {
    check();
  } catch (const util::Error& error) {
    table.fail(key, error.what());
  }
}

// An absolute path of the image, without "." and ".." and doubled slashes.
bool is_plain_absolute(const std::string& path);

// The first folder of an absolute path that Debian has as a link ("/bin", "/lib64", "/var/run"), or
// "": a layer with a folder of that name would take the link's place and break the base.
std::string linked_folder(const std::string& path);

// stop-signal, healthcheck, init, writable, cache, ca-certificates: how the process lives in its
// container.
void read_runtime(TableReader& table, Settings& settings);

// [[data]]
void read_data(TableReader& table, Settings& settings);

}  // namespace cartwheel::settings
