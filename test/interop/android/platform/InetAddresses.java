package android.net;

/** Stands in for a class of Android 10 and newer, which is native code too. */
public class InetAddresses {
    private InetAddresses() {}

    public static boolean isNumericAddress(String address) {
        return address.matches("\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9a-fA-F]*:[0-9a-fA-F:.]*");
    }
}
