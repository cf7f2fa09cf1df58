import android.content.Context;
import android.content.ContextWrapper;

/** The Context that an app would hand over; off a device there is nothing behind it. */
final class OffDevice extends ContextWrapper {
    OffDevice() {
        super(null);
    }

    @Override
    public Context getApplicationContext() {
        return this;
    }
}
