#include "python/namespace_init.h"

#include <gtest/gtest.h>

namespace cartwheel::python {
namespace {

TEST(NamespaceInit, ClaimsNothing) {
  for (const char* text : {"",
                           "\n  \n",
                           "# Copyright\n#\n",
                           "\xEF\xBB\xBF# -*- coding: utf-8 -*-\r\n",
                           "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
                           "from pkgutil import extend_path\n__path__ = extend_path(__path__, "
                           "__name__)\n",
                           "try:\n    import pkg_resources\n    "
                           "pkg_resources.declare_namespace(__name__)\nexcept ImportError:\n"
                           "    pass\n"}) {
    EXPECT_TRUE(is_namespace_init(text)) << text;
  }
}

TEST(NamespaceInit, IsNoneWithAnyOtherStatement) {
  for (const char* text : {"__version__ = '1'\n", "# x\nimport os", "\"\"\"Does things.\"\"\"\n"}) {
    EXPECT_FALSE(is_namespace_init(text)) << text;
  }
}

}  // namespace
}  // namespace cartwheel::python
