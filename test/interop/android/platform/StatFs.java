package android.os;

/** Stands in for the platform's class, which asks the device's native code: no room for the SDK's log file. */
public class StatFs {
    public StatFs(String path) {}

    public int getBlockSize() {
        return 4096;
    }

    public int getAvailableBlocks() {
        return 0;
    }

    public long getAvailableBlocksLong() {
        return 0;
    }
}
