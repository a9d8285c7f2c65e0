# Sourced by ./deepseek, ./check and ./tidy: find_jdk sets jdk to the folder of a JDK 25 or newer.

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

# Prints the major version of the JDK in folder $1, 0 if there is none; reads a file, starts nothing.
jdk_version() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] || { echo 0; return; }
  while IFS='="' read -r key _ value _; do
    [ "$key" = JAVA_VERSION ] && { echo "${value%%[!0-9]*}"; return; }
  done < "$1/release"
  echo 0
}

# Sets jdk: JAVA_HOME and PATH first, then wherever JDKs are usually put.
find_jdk() {
  on_path=$(command -v javac || true)
  [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path" || echo "$on_path")")")
  for jdk in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/* /opt/*/* /usr/local/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.asdf/installs/java/* \
    "$HOME"/.local/share/mise/installs/java/* "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -n "$jdk" ] && [ "$(jdk_version "$jdk")" -ge 25 ] && return
  done
  if [ -x /usr/libexec/java_home ]; then
    jdk=$(/usr/libexec/java_home -v 25+ 2>/dev/null || true)
    [ -n "$jdk" ] && [ "$(jdk_version "$jdk")" -ge 25 ] && return
  fi
  die "no JDK 25 or newer in JAVA_HOME, on the PATH or in the usual folders; install one (Debian: a
  temurin-25-jdk or openjdk-25-jdk package, macOS: brew install openjdk, any: sdk install java 25-tem)
  or point JAVA_HOME at one"
}

# The JVM's options for a process whose memory is mostly native: young objects get 16 MB, nothing is
# collected before classes take 64 MB, and what malloc holds free goes back every five seconds.
jvm_memory='-XX:+UseSerialGC -Xmn16m -XX:MetaspaceSize=64m -XX:TrimNativeHeapInterval=5000'

# Whether there is a C compiler: the program of $CC, which may have arguments, else cc, gcc or clang.
has_compiler() {
  chosen=${CC:-}
  chosen=${chosen#"${chosen%%[![:space:]]*}"}
  case $chosen in
    '') set -- cc gcc clang ;;
    \"*) chosen=${chosen#?} && set -- "${chosen%%\"*}" ;;
    \'*) chosen=${chosen#?} && set -- "${chosen%%\'*}" ;;
    *) set -- "$chosen" "${chosen%%[[:space:]]*}" ;;
  esac
  for program; do
    ! command -v "$program" >/dev/null 2>&1 || return 0
  done
  return 1
}

# Whether the last start that compiled kernels failed to: FailedCompiler leaves that file.
compiler_failed() {
  [ -e "${DEEPSEEK_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/deepseek}/kernels/compiler-failed" ]
}

# The JVM's option for kernels in Java where no C compiler can make them. It says a line about
# incubator modules whenever it is given, so it isn't where it has no use.
vector_option() {
  if [ "${DEEPSEEK_KERNELS:-}" = vector ] || compiler_failed || ! has_compiler; then
    echo --add-modules=jdk.incubator.vector
  fi
}
