#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "core/platform.h"
#include "layer/bytecode.h"
#include "lock/base_lock.h"
#include "oci/image.h"
#include "store/store.h"

namespace cartwheel::base {

// The Python of a base, run on this machine. Its program, its libraries and its standard library
// are taken out of the base's layers into a folder of ours when they are first wanted, and run
// there by the base's own loader: without root, and with nothing of this machine but the kernel.
class Interpreter : public layer::Compiler {
 public:
  // image: the base's image for `platform`, which must be this machine's; called once, from any
  // thread. python_path: "/usr/bin/python3.11". At most `processes` run at a time.
  Interpreter(std::string place,
              core::Platform platform,
              std::string python_path,
              std::function<oci::Image()> image,
              std::size_t processes);
  ~Interpreter() override;

  // What it says of itself. Throws Error{io} when it cannot be run.
  layer::Bytecode describe();
  std::vector<std::string> compile(const std::vector<layer::PythonSource>& sources) override;

 private:
  struct Files;
  std::string run(const std::string& script, std::string input);
  const Files& files();

  std::string place_;
  core::Platform platform_;
  std::string python_path_;
  std::function<oci::Image()> image_;
  std::counting_semaphore<> free_processes_;
  std::once_flag once_;
  std::unique_ptr<Files> files_;
};

// What Interpreter::describe() says of the pinned base, from the store once it was asked.
layer::Bytecode bytecode_of(const lock::BasePin& pin, Interpreter& python, store::Store& store);

}  // namespace cartwheel::base
