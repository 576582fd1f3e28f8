#include "base/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::HasSubstr;

UserTables debian() {
  return {.passwd =
              "root:*:0:0:root:/root:/bin/bash\n"
              "www-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n"
              "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
              "dev:x:1000:1000:,,,:/home/dev:/bin/sh\n",
          .group = "root:*:0:\nwww-data:*:33:\nnogroup:*:65534:\ndev:x:1000:\n"};
}

struct Row {
  const char* user;
  Account account;
  const char *passwd, *group;  // what is added to them
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.user; }

class AccountOf : public testing::TestWithParam<Row> {};

TEST_P(AccountOf, IsFoundOrAdded) {
  UserTables tables = debian();
  Account account = account_for(GetParam().user, tables);
  EXPECT_EQ(account.name, GetParam().account.name);
  EXPECT_EQ(account.uid, GetParam().account.uid);
  EXPECT_EQ(account.gid, GetParam().account.gid);
  EXPECT_EQ(account.home, GetParam().account.home);
  EXPECT_EQ(tables.passwd, debian().passwd + GetParam().passwd);
  EXPECT_EQ(tables.group, debian().group + GetParam().group);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    AccountOf,
    testing::Values(Row{"nonroot",
                        {"nonroot", 65532, 65532, "/home/nonroot"},
                        "nonroot:*:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n",
                        "nonroot:*:65532:\n"},
                    Row{"dev", {"dev", 1000, 1000, "/home/dev"}, "", ""},
                    Row{"1000", {"dev", 1000, 1000, "/home/dev"}, "", ""},
                    Row{"1000:0", {"dev", 1000, 0, "/home/dev"}, "", ""},
                    // homes that a service has are not given away
                    Row{"www-data", {"www-data", 33, 33, "/home/www-data"}, "", ""},
                    Row{"nobody", {"nobody", 65534, 65534, "/home/nobody"}, "", ""},
                    Row{"0", {"root", 0, 0, "/root"}, "", ""},
                    Row{"root", {"root", 0, 0, "/root"}, "", ""},
                    Row{"2000",
                        {"app", 2000, 2000, "/home/app"},
                        "app:*:2000:2000:app:/home/app:/usr/sbin/nologin\n",
                        "app:*:2000:\n"},
                    Row{"2000:33",
                        {"app", 2000, 33, "/home/app"},
                        "app:*:2000:33:app:/home/app:/usr/sbin/nologin\n",
                        ""}));

TEST(Account, OfTheDefaultUserIsThatOfComposedBases) {
  UserTables tables = debian();
  EXPECT_EQ(account_for("nonroot", tables), default_account());
  const UserTables once = tables;
  EXPECT_EQ(account_for("nonroot", tables), default_account());
  EXPECT_EQ(tables, once);
}

TEST(Account, ANameThatIsTakenGetsTheNumber) {
  UserTables tables{.passwd = "app:x:7:7::/home/app:\n", .group = ""};
  EXPECT_EQ(account_for("8", tables).name, "app8");
  EXPECT_EQ(account_for("nonroot", tables).name, "nonroot");
}

TEST(Account, TablesThatAreNotThereAreMade) {
  UserTables tables;
  EXPECT_EQ(account_for("nonroot", tables), default_account());
  EXPECT_EQ(tables.passwd, "nonroot:*:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n");
  tables = {.passwd = "root:x:0:0::/root:/bin/sh", .group = "root:x:0:"};  // no final newline
  account_for("nonroot", tables);
  EXPECT_THAT(tables.passwd, HasSubstr("/bin/sh\nnonroot:"));
  EXPECT_THAT(tables.group, HasSubstr("root:x:0:\nnonroot:"));
}

TEST(Account, AnUnknownNameIsRefused) {
  UserTables tables = debian();
  try {
    account_for("www-date", tables);
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::refused);
    EXPECT_THAT(error.what(),
                HasSubstr("user 'www-date' is not in the base's /etc/passwd (did you "
                          "mean 'www-data'?)"));
  }
}

TEST(Account, LinesThatDoNotReadAreLeftAlone) {
  UserTables tables{.passwd = "broken\nx:y:z:0::/:\n\n", .group = ":::\n"};
  EXPECT_EQ(account_for("5", tables).name, "app");
  EXPECT_THAT(tables.passwd, testing::StartsWith("broken\nx:y:z:0::/:\n\napp:*:5:5:"));
}

TEST(User, IsANumberOrAName) {
  for (const char* number : {"0", "1000", "1000:1000"}) {
    EXPECT_TRUE(is_numeric_user(number)) << number;
  }
  for (const char* name : {"", "root", "1000:", ":0", "1000:staff", "-1", "1 "}) {
    EXPECT_FALSE(is_numeric_user(name)) << name;
  }
}

}  // namespace
}  // namespace cartwheel::base
