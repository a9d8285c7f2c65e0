package deepseek.devices.runtime;

/** A version of CUDA, such as 12.9. */
record CudaVersion(int major, int minor) {
  @Override
  public String toString() {
    return major + "." + minor;
  }
}
