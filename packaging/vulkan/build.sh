#!/bin/bash
# Builds llama.cpp with Vulkan, for graphics cards of any maker, from the sdist of the llama-cpp-python in pyproject.toml.
#
#   packaging/vulkan/build.sh [FOLDER]        the libraries go into FOLDER (build/vulkan unless given)
#   LLAMA_CPP_LIB_PATH=FOLDER desktop-llm     runs the program with them
#   GGML_VK_VISIBLE_DEVICES=0 ...             as well, where Mesa's software Vulkan is the only device
#
# For Debian 12 and later, and what derives from it; a root shell in a container will do. It needs
#   apt-get install build-essential cmake ninja-build glslc libvulkan1 mesa-vulkan-drivers python3-pip
# Debian 12's Vulkan headers are too old for llama.cpp, so those of the next release are fetched and unpacked beside the
# build; nothing is installed. JOBS (all cores) says how many compilers run at once, WORK where the build is kept.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(realpath -m "${1:-$checkout/build/vulkan}")
work=$(realpath -m "${WORK:-$checkout/build/vulkan-work}")
release=trixie
python=${PYTHON:-python3}

stop() { echo "build.sh: $*" >&2; exit 1; }

missing=()
for pair in g++:build-essential cmake:cmake ninja:ninja-build glslc:glslc apt-get:apt dpkg:dpkg; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
"$python" -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
library=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | awk '/libvulkan\.so\.1 /{found = $NF} END {print found}')
[ -n "$library" ] || missing+=(libvulkan1)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || missing+=(debian-archive-keyring)
[ ${#missing[@]} = 0 ] || stop "missing. As root: apt-get install ${missing[*]}"
ls /usr/share/vulkan/icd.d/*.json >/dev/null 2>&1 ||
    echo "build.sh: no Vulkan driver here; to try the result without a GPU: apt-get install mesa-vulkan-drivers" >&2

source_of_llama() {
    local version
    version=$(sed -n 's/.*"llama-cpp-python==\([^"]*\)".*/\1/p' "$checkout/pyproject.toml")
    [ -n "$version" ] || stop "pyproject.toml pins no llama-cpp-python"
    source=$work/llama_cpp_python-$version/vendor/llama.cpp
    [ ! -d "$source" ] || return 0
    [ -f "$work/llama_cpp_python-$version.tar.gz" ] ||
        "$python" -m pip download -q --no-binary :all: --no-deps -d "$work" "llama-cpp-python==$version" ||
        stop "the source of llama-cpp-python $version could not be downloaded"
    tar -xzf "$work/llama_cpp_python-$version.tar.gz" -C "$work"
}

headers_of_vulkan() {
    headers=$work/headers/usr
    [ ! -f "$headers/include/vulkan/vulkan.hpp" ] || return 0
    local apt=$work/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $release main" \
        >"$apt/sources.list"
    local options=(-qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)")
    apt-get "${options[@]}" update
    (cd "$apt" && apt-get "${options[@]}" download libvulkan-dev spirv-headers) ||
        stop "the headers of Vulkan could not be downloaded from Debian $release"
    for package in "$apt"/*.deb; do dpkg -x "$package" "$work/headers"; done
}

build() {
    # AMX as GCC up to 15 compiles it crashes at the first token.
    cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DGGML_VULKAN=ON \
        -DVulkan_INCLUDE_DIR="$headers/include" -DVulkan_LIBRARY="$library" -DCMAKE_PREFIX_PATH="$headers" \
        -DCMAKE_CXX_FLAGS="-I$headers/include" -DGGML_AMX_TILE=OFF -DGGML_AMX_INT8=OFF \
        -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
        -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF \
        -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON -DCMAKE_INSTALL_RPATH='$ORIGIN'
    cmake --build "$work/build" -j "${JOBS:-$(nproc)}"
}

mkdir -p "$work" "$folder"
source_of_llama
headers_of_vulkan
build
cp -Pf "$work"/build/bin/lib*.so* "$folder/"
echo "Run the program with LLAMA_CPP_LIB_PATH=$folder"
