# Warnings apply to our code only (dependencies are SYSTEM); hardening follows reliability.md,
# rule 12. TALLYSTICK_SANITIZE is set by the presets asan, tsan and fuzz.
set(TALLYSTICK_SANITIZE "" CACHE STRING "address, thread or fuzz")
option(TALLYSTICK_WERROR "Treat warnings as errors" ON)

add_library(ts_flags INTERFACE)
target_include_directories(ts_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(ts_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wformat=2
  -fstack-protector-strong -fPIE
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
target_compile_definitions(ts_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(ts_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
if(TALLYSTICK_WERROR)
  target_compile_options(ts_flags INTERFACE -Werror)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  target_compile_options(ts_flags INTERFACE -fcf-protection=full -fstack-clash-protection)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(ts_flags INTERFACE -ftrivial-auto-var-init=zero)
endif()
if(TALLYSTICK_SANITIZE STREQUAL "address")
  # What the instrumentation adds makes g++ 12 suspect libstdc++'s own hash tables.
  target_compile_options(ts_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(ts_flags INTERFACE -fsanitize=address,undefined)
elseif(TALLYSTICK_SANITIZE STREQUAL "thread")
  target_compile_options(ts_flags INTERFACE -fsanitize=thread -Wno-tsan)
  target_link_options(ts_flags INTERFACE -fsanitize=thread)
elseif(TALLYSTICK_SANITIZE STREQUAL "fuzz")
  # Without -fsanitize=function, which clang 14 cannot emit for coroutines.
  target_compile_options(ts_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize=function -fno-sanitize-recover=all)
  target_link_options(ts_flags INTERFACE -fsanitize=address,undefined)
else()
  if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo")
    target_compile_options(ts_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
      "-ffile-prefix-map=${CMAKE_BINARY_DIR}=build")
  endif()
endif()
