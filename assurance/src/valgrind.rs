//! Client requests: what a program tells the valgrind that it runs under. Everywhere else they do nothing and answer 0; on
//! processors other than x86-64 they are always nothing, and the programs say so and fail.

/// A request and its arguments; the answer is 0 where there is no valgrind.
#[cfg(target_arch = "x86_64")]
fn request(code: usize, arguments: [usize; 5]) -> usize {
    let [a, b, c, d, e] = arguments;
    let block = [code, a, b, c, d, e];
    let mut answer = 0usize;
    // SAFETY: four rotations of one register by 128 bits altogether and an exchange of a register with itself change nothing. It is
    // the sequence that valgrind.h documents; valgrind reads the block, which lives until the end of this function, and writes `rdx`.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") block.as_ptr(), inout("rdx") answer,
        );
    }
    answer
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_: usize, _: [usize; 5]) -> usize {
    0
}

const fn tool(a: u8, b: u8, number: usize) -> usize {
    (a as usize) << 24 | (b as usize) << 16 | number
}

/// Ends the program unless it runs under valgrind: without it, nothing would be found, whatever there is.
pub fn require() {
    if request(0x1001, [0; 5]) == 0 {
        eprintln!("this program shows something under valgrind on x86-64 only");
        std::process::exit(2);
    }
}

/// memcheck: marks octets as undefined, and so whatever is computed from them.
pub fn make_secret(octets: &[u8]) {
    request(tool(b'M', b'C', 1), [octets.as_ptr() as usize, octets.len(), 0, 0, 0]);
}

/// memcheck: marks octets as defined, since they are meant to be public.
pub fn make_public(octets: &[u8]) {
    request(tool(b'M', b'C', 2), [octets.as_ptr() as usize, octets.len(), 0, 0, 0]);
}

/// memcheck: does something without reports. What is undefined is followed all the same.
pub fn quietly<T>(action: impl FnOnce() -> T) -> T {
    request(0x1801, [1, 0, 0, 0, 0]);
    let result = action();
    request(0x1801, [usize::MAX, 0, 0, 0, 0]);
    result
}

/// callgrind: counts the instructions of an action into a file of its own.
pub fn count(action: impl FnOnce()) {
    request(tool(b'C', b'T', 4), [0; 5]);
    request(tool(b'C', b'T', 1), [0; 5]);
    action();
    request(tool(b'C', b'T', 0), [0; 5]);
    request(tool(b'C', b'T', 5), [0; 5]);
}
