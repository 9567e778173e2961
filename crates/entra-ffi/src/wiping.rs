//! The library's memory is wiped when it is given back, so that no secret outlives its use: not in buffers of the TLS,
//! HTTP and JSON code either, which know nothing of secrets.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

// Rust programs that link the library as a crate have it too: there is one allocator for a whole program.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// The system's allocator, with zeros written over each block before it is freed.
///
/// `realloc` is the trait's own: a new block, a copy, and the old block freed here, since the system would free the
/// old one with its content.
struct Wiping;

// SAFETY: all blocks come from `System`, with the caller's layout, and go back there with the same one.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives the whole block back, so nobody else uses its `size` bytes.
        unsafe { block.write_bytes(0, layout.size()) };
        // Writing to what is freed next is no use to anybody, so the compiler would leave it out.
        black_box(block);
        // SAFETY: the block came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
