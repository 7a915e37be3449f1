# ts_library(NAME SOURCES a.cc ... [DEPS ...] [PRIVATE_DEPS ...])
function(ts_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} PRIVATE ts_flags ${ARG_PRIVATE_DEPS})
  target_include_directories(${NAME} PUBLIC "${CMAKE_SOURCE_DIR}")
endfunction()

# ts_program(NAME SOURCES a.cc ... [DEPS ...]) builds a program into build/<preset>/bin.
function(ts_program NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ts_flags ${ARG_DEPS})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# ts_test(NAME SOURCES a_test.cc ... [DEPS ...] [LABELS ...]): one GoogleTest program; every TEST
# is a ctest test of its own. A test program runs from the source root.
function(ts_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ts_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  # An empty list would vanish and shift what follows.
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  gtest_discover_tests(${NAME} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120)
endfunction()

# ts_benchmark(NAME SOURCES a_bench.cc ... [DEPS ...])
function(ts_benchmark NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ts_flags ${ARG_DEPS} benchmark::benchmark)
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()

# ts_compile_fail_test(NAME SOURCE x.cc EXPECT "regex" [DEPS ...]) passes when compiling SOURCE
# fails with a message that matches EXPECT.
function(ts_compile_fail_test NAME)
  cmake_parse_arguments(ARG "" "SOURCE;EXPECT" "DEPS" ${ARGN})
  add_library(${NAME} OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCE})
  target_link_libraries(${NAME} PRIVATE ts_flags ${ARG_DEPS})
  add_test(NAME compile_fail.${NAME}
    COMMAND ${CMAKE_COMMAND} -DBUILD_DIR=${CMAKE_BINARY_DIR} -DTARGET=${NAME}
      "-DEXPECT=${ARG_EXPECT}" -P ${CMAKE_SOURCE_DIR}/cmake/ExpectCompileFailure.cmake)
  set_tests_properties(compile_fail.${NAME} PROPERTIES RESOURCE_LOCK compile_fail LABELS compile_fail)
endfunction()
