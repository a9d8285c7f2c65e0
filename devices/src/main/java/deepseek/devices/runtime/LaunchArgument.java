package deepseek.devices.runtime;

/** An argument of a launch: a buffer or a scalar. */
public sealed interface LaunchArgument permits DeviceBuffer, Scalar {}
