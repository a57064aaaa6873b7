# One static binary for Linux, from which everything else is made. Prepares the environment in which cargo builds it, so
# that maturin builds the same once more without compiling anything.

# Exports what cargo needs; `unstable` are options for it.
cargo_for_musl() {
    with_page
    debian musl-tools || not_built "musl-gcc cannot be installed"
    export CC_x86_64_unknown_linux_musl=musl-gcc
    unstable=()
    if rustup target add "$target" > /dev/null 2>&1; then
        export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-C target-feature=+crt-static"
        return
    fi
    # where rustup has no such target: Debian's compiler, which builds the standard library for it
    debian rustc-web cargo-web rust-web-src libunwind-14-dev || not_built "there is no standard library for $target"
    unwinder
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=musl-gcc
    # a position-independent one would ask for musl's loader; the crates of Debian's compiler bring no start files
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-C target-feature=+crt-static -C link-self-contained=no \
-C relocation-model=static -L $made/unwinder"
    PATH=/usr/bin:$PATH
    unstable=(-Z "build-std=std,panic_unwind")
}

# The page of `mqttspec web`, which the binary carries. Without its tools the binary says at run time that it has none.
with_page() {
    features=()
    [ -s "$made/page/suite_bg.wasm" ] || "$root/conformance/web/build" "$made/page"
    case $? in
        0) export MQTTSPEC_PAGE=$made/page && features=(--features page) ;;
        2) echo "the binary is made without the page of mqttspec web" >&2 ;;
        *) wrong "the page of mqttspec web does not build" ;;
    esac
}

# LLVM's unwinder, as gcc's wants a function that musl lacks. Debian's is built against glibc, and wants another one.
unwinder() {
    mkdir -p "$made/unwinder"
    cat > "$made/unwinder/fortified.c" << 'END'
#include <stdarg.h>
#include <stdio.h>
int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
    va_list arguments;
    (void)flag;
    va_start(arguments, format);
    int written = vfprintf(file, format, arguments);
    va_end(arguments);
    return written;
}
END
    (cd "$made/unwinder" && musl-gcc -O2 -c fortified.c && ar rcs libfortified.a fortified.o) || not_built "musl-gcc fails"
    echo "INPUT(/usr/lib/llvm-14/lib/libunwind.a $made/unwinder/libfortified.a)" > "$made/unwinder/libunwind.a"
}

static() {
    rm -rf "$binary" "$made/page"
    cargo_for_musl
    cargo rustc --quiet --locked --profile "$profile" --target "$target" --target-dir "$target_dir" "${unstable[@]}" "${features[@]}" \
        --manifest-path "$root/conformance/Cargo.toml" --bin mqttspec -- -C link-arg=-s || wrong "cargo rustc failed"
    cp "$target_dir/$target/${profile/dev/debug}/mqttspec" "$binary"
    # neither a loader nor a library
    readelf --wide --segments --dynamic "$binary" > "$made/readelf" || wrong "readelf cannot read the binary"
    ! grep -E 'INTERP|NEEDED' "$made/readelf" || wrong "expected a static binary, found one that asks for the above"
    works "$binary"
    serves_the_page "$binary"
    say "$binary"
}
