package android.os;

/** Stands in for the platform's class, which asks the device's native code: says what a device of Android 14 would. */
public class Build {
    public static final String MODEL = "";
    public static final String ID = "";

    private Build() {}

    public static class VERSION {
        public static final int SDK_INT = 34;
        public static final String RELEASE = "14";
    }
}
