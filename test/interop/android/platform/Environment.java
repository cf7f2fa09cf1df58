package android.os;

import java.io.File;

/** Stands in for the platform's class, which asks the device's native code: there is no card to write logs to. */
public class Environment {
    private Environment() {}

    public static String getExternalStorageState() {
        return "unmounted";
    }

    public static File getExternalStorageDirectory() {
        return getDataDirectory();
    }

    public static File getDataDirectory() {
        return new File(System.getProperty("java.io.tmpdir"));
    }
}
