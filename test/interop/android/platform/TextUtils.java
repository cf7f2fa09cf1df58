package android.text;

/** Stands in for the platform's class, whose loading needs a device's resources; the SDK calls this one method. */
public class TextUtils {
    private TextUtils() {}

    public static boolean isEmpty(CharSequence text) {
        return text == null || text.length() == 0;
    }
}
