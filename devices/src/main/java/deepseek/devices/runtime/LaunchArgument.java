package deepseek.devices.runtime;

/** What a launch gives a kernel for one of its arguments. */
public sealed interface LaunchArgument permits DeviceBuffer, Scalar {}
