package deepseek.devices.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;

/** The functions of OpenCL 1.2 that the runtime uses, from the system's ICD loader. */
final class OpenCl {
  private final SymbolLookup library;

  final NativeFunction platforms = function("clGetPlatformIDs", JAVA_INT, ADDRESS, ADDRESS);
  final NativeFunction devices =
      function("clGetDeviceIDs", ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
  final NativeFunction deviceInfo =
      function("clGetDeviceInfo", ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  final NativeFunction context =
      maker("clCreateContext", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  final NativeFunction queue = maker("clCreateCommandQueue", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  final NativeFunction buffer =
      maker("clCreateBuffer", ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
  final NativeFunction program =
      maker("clCreateProgramWithSource", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
  final NativeFunction programOfBinary =
      maker(
          "clCreateProgramWithBinary",
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  final NativeFunction programInfo =
      function("clGetProgramInfo", ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  final NativeFunction build =
      function("clBuildProgram", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  final NativeFunction buildInfo =
      function("clGetProgramBuildInfo", ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  final NativeFunction kernel = maker("clCreateKernel", ADDRESS, ADDRESS, ADDRESS);
  final NativeFunction argument = function("clSetKernelArg", ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS);
  final NativeFunction launch =
      function(
          "clEnqueueNDRangeKernel",
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  final NativeFunction read = copier("clEnqueueReadBuffer");
  final NativeFunction write = copier("clEnqueueWriteBuffer");
  final NativeFunction flush = function("clFlush", ADDRESS);
  final NativeFunction finish = function("clFinish", ADDRESS);
  final NativeFunction releaseBuffer = function("clReleaseMemObject", ADDRESS);
  final NativeFunction releaseKernel = function("clReleaseKernel", ADDRESS);
  final NativeFunction releaseProgram = function("clReleaseProgram", ADDRESS);
  final NativeFunction releaseQueue = function("clReleaseCommandQueue", ADDRESS);
  final NativeFunction releaseContext = function("clReleaseContext", ADDRESS);

  private OpenCl(SymbolLookup library) {
    // Assigned first, because the functions above are looked up in it.
    this.library = library;
    super();
  }

  static OpenCl load() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String name =
        system.startsWith("win")
            ? "OpenCL.dll"
            : system.startsWith("mac")
                ? "/System/Library/Frameworks/OpenCL.framework/OpenCL"
                : "libOpenCL.so.1";
    try {
      return new OpenCl(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new KernelException(
          "open opencl",
          "the OpenCL loader",
          "no " + name,
          "install it and a driver, e.g. apt-get install ocl-icd-libopencl1 pocl-opencl-icd",
          e);
    }
  }

  private NativeFunction function(String name, MemoryLayout... arguments) {
    return NativeFunction.of(library, name, JAVA_INT, arguments);
  }

  private NativeFunction maker(String name, MemoryLayout... arguments) {
    return NativeFunction.of(library, name, ADDRESS, arguments);
  }

  private NativeFunction copier(String name) {
    return function(
        name, ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS,
        ADDRESS);
  }

  /** Throws for any status but success. */
  static void check(String operation, int status) {
    if (status != 0) {
      throw new KernelException(
          operation, "CL_SUCCESS", "OpenCL status " + status, "see the driver's log");
    }
  }
}
