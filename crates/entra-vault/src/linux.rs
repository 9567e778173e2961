//! The only unsafe code for Linux: the kernel keyring by its system calls, and D-Bus by GIO, which is opened with
//! `dlopen`, so that a machine without it loads this library all the same. Everything offered here is safe to call.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::io;
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::OnceLock;

use zeroize::Zeroizing;

/// Lives as long as the kernel, whoever is logged in.
const USER_KEYRING: c_long = libc::KEY_SPEC_USER_KEYRING as c_long;
const KEYCTL_SETPERM: c_long = libc::KEYCTL_SETPERM as c_long;
const KEYCTL_UNLINK: c_long = libc::KEYCTL_UNLINK as c_long;
const KEYCTL_SEARCH: c_long = libc::KEYCTL_SEARCH as c_long;
const KEYCTL_READ: c_long = libc::KEYCTL_READ as c_long;
/// All for who has it in a keyring; view, read, search and link for other sessions of the same user; none else.
const KEY_RIGHTS: c_long = 0x3f1b_0000;
const KEY_TYPE: &CStr = c"user";

/// Puts a key that every process of this user can read until the computer restarts.
pub(crate) fn add_key(description: &CStr, payload: &[u8]) -> io::Result<()> {
    // SAFETY: both strings end with NUL, and the payload is readable for the length given with it.
    let key = call(unsafe {
        libc::syscall(
            libc::SYS_add_key,
            KEY_TYPE.as_ptr(),
            description.as_ptr(),
            payload.as_ptr(),
            payload.len(),
            USER_KEYRING,
        )
    })?;
    // SAFETY: numbers only.
    call(unsafe { libc::syscall(libc::SYS_keyctl, KEYCTL_SETPERM, key, KEY_RIGHTS) }).map(|_| ())
}

/// The payload of a key of exactly `N` bytes; `None` where there is no such key.
pub(crate) fn find_key<const N: usize>(description: &CStr) -> io::Result<Option<Zeroizing<[u8; N]>>> {
    let Some(key) = search(description)? else {
        return Ok(None);
    };
    let mut payload = Zeroizing::new([0; N]);
    // SAFETY: the buffer is writable for the length given with it.
    let size = call(unsafe { libc::syscall(libc::SYS_keyctl, KEYCTL_READ, key, payload.as_mut_ptr(), N) })?;
    Ok((usize::try_from(size) == Ok(N)).then_some(payload))
}

/// Takes the key out of the keyring; the kernel wipes it.
pub(crate) fn remove_key(description: &CStr) -> io::Result<()> {
    let Some(key) = search(description)? else {
        return Ok(());
    };
    // SAFETY: numbers only.
    call(unsafe { libc::syscall(libc::SYS_keyctl, KEYCTL_UNLINK, key, USER_KEYRING) }).map(|_| ())
}

fn search(description: &CStr) -> io::Result<Option<c_long>> {
    // SAFETY: both strings end with NUL; the rest are numbers.
    let found = call(unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            KEYCTL_SEARCH,
            USER_KEYRING,
            KEY_TYPE.as_ptr(),
            description.as_ptr(),
            0 as c_long,
        )
    });
    match found {
        Err(e) if matches!(e.raw_os_error(), Some(libc::ENOKEY | libc::EKEYEXPIRED | libc::EKEYREVOKED)) => Ok(None),
        found => found.map(Some),
    }
}

fn call(result: c_long) -> io::Result<c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

type Object = *mut c_void;

/// glib's GError, of which only the message is read.
#[repr(C)]
struct GError {
    domain: u32,
    code: c_int,
    message: *mut c_char,
}

/// Authenticate as a client, to a message bus.
const TO_A_BUS: c_int = 1 | 8;
/// The bound on time is the caller's [`Cancel`].
const NO_TIMEOUT: c_int = c_int::MAX;

macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        struct Functions { $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)* }

        impl Functions {
            fn find(library: Object) -> Option<Self> {
                Some(Self { $($name: {
                    // SAFETY: the library stays open, the name ends with NUL.
                    let found = unsafe { libc::dlsym(library, concat!(stringify!($name), "\0").as_ptr().cast()) };
                    if found.is_null() {
                        return None;
                    }
                    // SAFETY: not null, and of the type that GLib's stable interface gives it.
                    unsafe { std::mem::transmute::<Object, unsafe extern "C" fn($($argument),*) $(-> $result)?>(found) }
                },)* })
            }
        }
    };
}

functions! {
    g_cancellable_new: fn() -> Object;
    g_cancellable_cancel: fn(Object);
    g_object_unref: fn(Object);
    g_error_free: fn(*mut GError);
    g_dbus_connection_new_for_address_sync: fn(*const c_char, c_int, Object, Object, *mut *mut GError) -> Object;
    g_dbus_connection_call_sync: fn(
        Object, *const c_char, *const c_char, *const c_char, *const c_char, Object, *const c_char, c_int, c_int,
        Object, *mut *mut GError
    ) -> Object;
    g_variant_parse: fn(*const c_char, *const c_char, *const c_char, *const *const c_char, *mut *mut GError) -> Object;
    g_variant_is_of_type: fn(Object, *const c_char) -> c_int;
    g_variant_is_container: fn(Object) -> c_int;
    g_variant_n_children: fn(Object) -> usize;
    g_variant_get_child_value: fn(Object, usize) -> Object;
    g_variant_get_string: fn(Object, *mut usize) -> *const u8;
    g_variant_get_boolean: fn(Object) -> c_int;
    g_variant_get_fixed_array: fn(Object, *mut usize, usize) -> *const u8;
    g_variant_unref: fn(Object);
}

/// GIO, loaded once and never unloaded, since it starts a thread.
pub(crate) struct Gio(Functions);

impl Gio {
    /// `None` where the library is not installed.
    pub(crate) fn load() -> Option<&'static Self> {
        static LOADED: OnceLock<Option<Gio>> = OnceLock::new();
        LOADED.get_or_init(Self::open).as_ref()
    }

    fn open() -> Option<Self> {
        // SAFETY: the name ends with NUL; the library's own start-up code does nothing but register types.
        let library = unsafe { libc::dlopen(c"libgio-2.0.so.0".as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() { None } else { Functions::find(library).map(Self) }
    }
}

/// One reference to a GObject.
struct Owned(&'static Gio, Object);

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: this is the one reference that this value owns.
        unsafe { (self.0.0.g_object_unref)(self.1) }
    }
}

/// Ends the calls on a [`Bus`] from another thread.
pub(crate) struct Cancel(Owned);

impl Cancel {
    pub(crate) fn new(gio: &'static Gio) -> Self {
        // SAFETY: no conditions.
        Self(Owned(gio, unsafe { (gio.0.g_cancellable_new)() }))
    }

    pub(crate) fn cancel(&self) {
        // SAFETY: the object lives as long as `self`; GCancellable may be cancelled from any thread.
        unsafe { (self.0.0.0.g_cancellable_cancel)(self.0.1) }
    }
}

// SAFETY: the object is a GCancellable, whose functions and reference count are thread-safe.
unsafe impl Send for Cancel {}
// SAFETY: as above.
unsafe impl Sync for Cancel {}

/// An own connection to one bus. It stays on the thread that made it.
pub(crate) struct Bus<'a> {
    gio: &'static Gio,
    connection: Owned,
    cancel: &'a Cancel,
}

impl<'a> Bus<'a> {
    /// Connects to the bus at `address`, and not to the one that the process's environment may name.
    pub(crate) fn connect(gio: &'static Gio, address: &CStr, cancel: &'a Cancel) -> Result<Self, String> {
        let connection = attempt(gio, |error| {
            // SAFETY: the address ends with NUL, the cancellable is alive, the error place is writable.
            unsafe {
                (gio.0.g_dbus_connection_new_for_address_sync)(
                    address.as_ptr(),
                    TO_A_BUS,
                    null_mut(),
                    cancel.0.1,
                    error,
                )
            }
        })?;
        Ok(Self { gio, connection: Owned(gio, connection), cancel })
    }

    /// Calls a method and waits for its reply. `parameters` is a tuple in GVariant's text format, `reply` the type
    /// of the tuple that must come back.
    pub(crate) fn call(&self, service: &CStr, call: &Call<'_>, reply: &CStr) -> Result<Variant, String> {
        let [path, interface, method, text] = [call.path, call.interface, call.method, call.parameters].map(c_text);
        let (path, interface, method) = (path?, interface?, method?);
        let parameters = Variant::parse(self.gio, &text?)?;
        let found = attempt(self.gio, |error| {
            // SAFETY: all strings end with NUL, all objects are alive, the error place is writable.
            unsafe {
                (self.gio.0.g_dbus_connection_call_sync)(
                    self.connection.1,
                    service.as_ptr(),
                    path.as_ptr(),
                    interface.as_ptr(),
                    method.as_ptr(),
                    parameters.value,
                    reply.as_ptr(),
                    0,
                    NO_TIMEOUT,
                    self.cancel.0.1,
                    error,
                )
            }
        })?;
        Ok(Variant { gio: self.gio, value: found })
    }
}

/// One method of one object, with its parameters.
pub(crate) struct Call<'a> {
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) method: &'a str,
    pub(crate) parameters: &'a str,
}

/// One reference to a value of D-Bus. Asked for what it is not, it gives nothing.
pub(crate) struct Variant {
    gio: &'static Gio,
    value: Object,
}

impl Variant {
    fn parse(gio: &'static Gio, text: &CStr) -> Result<Self, String> {
        let value = attempt(gio, |error| {
            // SAFETY: the text ends with NUL, no type and no end are given, the error place is writable.
            unsafe { (gio.0.g_variant_parse)(null(), text.as_ptr(), null(), null(), error) }
        })?;
        Ok(Self { gio, value })
    }

    /// A member of a tuple or an array, or what is in a box (`v`).
    pub(crate) fn child(&self, index: usize) -> Option<Self> {
        // SAFETY: the value is alive, and a container with more children than `index`.
        unsafe {
            let is_there = (self.gio.0.g_variant_is_container)(self.value) != 0
                && (self.gio.0.g_variant_n_children)(self.value) > index;
            is_there.then(|| Self { gio: self.gio, value: (self.gio.0.g_variant_get_child_value)(self.value, index) })
        }
    }

    /// A string or an object's path.
    pub(crate) fn text(&self) -> Option<String> {
        if !self.is(c"s") && !self.is(c"o") {
            return None;
        }
        let mut size = 0;
        // SAFETY: the value is alive and a string, so it gives as many bytes as it says.
        let bytes = unsafe { slice::from_raw_parts((self.gio.0.g_variant_get_string)(self.value, &mut size), size) };
        String::from_utf8(bytes.to_vec()).ok()
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        // SAFETY: the value is alive and a boolean.
        self.is(c"b").then(|| unsafe { (self.gio.0.g_variant_get_boolean)(self.value) } != 0)
    }

    pub(crate) fn bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        if !self.is(c"ay") {
            return None;
        }
        let mut size = 0;
        // SAFETY: the value is alive and an array of bytes, so it gives as many as it says, or null for none.
        unsafe {
            let start = (self.gio.0.g_variant_get_fixed_array)(self.value, &mut size, 1);
            let bytes = if start.is_null() { &[] } else { slice::from_raw_parts(start, size) };
            Some(Zeroizing::new(bytes.to_vec()))
        }
    }

    fn is(&self, kind: &CStr) -> bool {
        // SAFETY: the value is alive, and the type is a valid one that ends with NUL.
        unsafe { (self.gio.0.g_variant_is_of_type)(self.value, kind.as_ptr()) != 0 }
    }
}

impl Drop for Variant {
    fn drop(&mut self) {
        // SAFETY: the one reference that this value owns.
        unsafe { (self.gio.0.g_variant_unref)(self.value) }
    }
}

/// Calls with a place for an error, and turns what is left there into its message.
fn attempt(gio: &Gio, call: impl FnOnce(*mut *mut GError) -> Object) -> Result<Object, String> {
    let mut error: *mut GError = null_mut();
    let result = call(&mut error);
    if error.is_null() {
        return if result.is_null() { Err("no answer and no error".to_owned()) } else { Ok(result) };
    }
    // SAFETY: a GError that this function owns now, with a message that ends with NUL.
    unsafe {
        let message = CStr::from_ptr((*error).message).to_string_lossy().into_owned();
        (gio.0.g_error_free)(error);
        Err(message)
    }
}

/// Text for C; only text with a NUL inside cannot be.
pub(crate) fn c_text(text: &str) -> Result<CString, String> {
    CString::new(text).map_err(|_| "a text contains a NUL".to_owned())
}
