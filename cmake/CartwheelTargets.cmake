# What our own targets are compiled with; linked privately, so that nothing leaks to users of them.
add_library(cartwheel_options INTERFACE)
target_compile_features(cartwheel_options INTERFACE cxx_std_20)
target_compile_options(cartwheel_options INTERFACE
  -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Wformat=2 -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
  $<$<BOOL:${CARTWHEEL_WERROR}>:-Werror>)
target_include_directories(cartwheel_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(CARTWHEEL_SANITIZE)
  add_compile_options(-fsanitize=${CARTWHEEL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CARTWHEEL_SANITIZE})
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# cartwheel_library(NAME SOURCES … DEPENDS …): the folder NAME of src/ as a static library. DEPENDS are
# folders of ours; LIBRARIES are others' (only linked where a .cc of the folder includes them).
function(cartwheel_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(cartwheel_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND cartwheel_)
  target_link_libraries(cartwheel_${name} PUBLIC ${ARG_DEPENDS} PRIVATE cartwheel_options ${ARG_LIBRARIES})
endfunction()

# cartwheel_test(NAME SOURCES … DEPENDS …): one gtest binary NAME_test for the folder NAME.
function(cartwheel_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND cartwheel_)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPENDS} cartwheel_options ${ARG_LIBRARIES}
    GTest::gtest_main)
  if(CARTWHEEL_SANITIZE)
    target_compile_options(${name}_test PRIVATE -O0)  # half of the time that a check takes is compiling tests
  endif()
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
