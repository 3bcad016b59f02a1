//! The format of a cache file: a head, the key, the tensors, and a SHA-256 of all that.
//!
//! All numbers are little-endian: `DeepCrop`, format u32, count u32, key 32 bytes; for each tensor the length of its name
//! u32, the name, its dimensions' number u32, the dimensions u64, the values f32; SHA-256.

use crate::network::cache::key::FORMAT;
use ndarray::{ArrayD, IxDyn};
use sha2::{Digest, Sha256};

use crate::network::cache::Tensors;
use crate::network::cache::key::Key;

const MAGIC: &[u8; 8] = b"DeepCrop";

/// Writes a cache file.
pub fn encode(key: &Key, tensors: &[(String, ArrayD<f32>)]) -> Vec<u8> {
    let payload: usize = tensors.iter().map(|(name, tensor)| 64 + name.len() + 4 * tensor.len()).sum();
    let mut file = Vec::with_capacity(128 + payload);
    file.extend(MAGIC);
    file.extend(FORMAT.to_le_bytes());
    file.extend((tensors.len() as u32).to_le_bytes());
    file.extend(key.0);
    for (name, tensor) in tensors {
        file.extend((name.len() as u32).to_le_bytes());
        file.extend(name.as_bytes());
        file.extend((tensor.ndim() as u32).to_le_bytes());
        tensor.shape().iter().for_each(|&length| file.extend((length as u64).to_le_bytes()));
        let start = file.len();
        file.resize(start + 4 * tensor.len(), 0);
        let places = file[start..].as_chunks_mut().0.iter_mut();
        places.zip(tensor).for_each(|(place, value)| *place = value.to_le_bytes());
    }
    file.extend(Sha256::digest(&file));
    file
}

/// Reads the tensors of a cache file; none if it is damaged or has another key.
pub fn decode(key: &Key, file: &[u8]) -> Option<Tensors> {
    let (body, sum) = file.split_last_chunk::<32>()?;
    let mut rest = body;
    let whole =
        take::<8>(&mut rest)? == MAGIC && number(&mut rest)? == FORMAT as usize && *sum == *Sha256::digest(body);
    let count = number(&mut rest)?;
    if !whole || *take::<32>(&mut rest)? != key.0 {
        return None;
    }
    let tensors = (0..count).map(|_| tensor(&mut rest)).collect::<Option<Tensors>>()?;
    rest.is_empty().then_some(tensors)
}

fn tensor(rest: &mut &[u8]) -> Option<(String, ArrayD<f32>)> {
    let length = number(rest)?;
    let name = String::from_utf8(rest.split_off(..length)?.to_owned()).ok()?;
    let dimensions = number(rest)?;
    // Memory is not reserved beforehand: a wrong number could ask for all of it.
    let shape: Vec<usize> =
        (0..dimensions).map(|_| usize::try_from(u64::from_le_bytes(*take(rest)?)).ok()).collect::<Option<_>>()?;
    let bytes = shape.iter().try_fold(4usize, |product, &length| product.checked_mul(length))?;
    let values = rest.split_off(..bytes)?.as_chunks().0;
    let values = values.iter().map(|&value| f32::from_le_bytes(value)).collect();
    Some((name, ArrayD::from_shape_vec(IxDyn(&shape), values).ok()?))
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    take(rest).map(|&bytes| u32::from_le_bytes(bytes) as usize)
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use ndarray::Array;
    use proptest::prelude::*;

    use super::*;
    use crate::network::cache::key::KeyMaker;

    fn key(text: &str) -> Key {
        KeyMaker::new().bytes(text.as_bytes()).finish()
    }

    fn tensors() -> Tensors {
        let values = Array::from_vec(vec![0.0, -0.0, 1.5, f32::MIN_POSITIVE / 3.0, f32::MAX, f32::NEG_INFINITY]);
        let shaped = |shape: &[usize]| values.clone().into_shape_with_order(shape).unwrap();
        let scalar = ArrayD::from_elem(IxDyn(&[]), 7.0);
        let turned = shaped(&[3, 2]).reversed_axes();
        let none = ArrayD::zeros(IxDyn(&[2, 0]));
        vec![
            ("features".into(), shaped(&[1, 2, 3])),
            ("größe".into(), scalar),
            (String::new(), none),
            ("turned".into(), turned),
        ]
    }

    /// A file with the right checksum.
    fn sealed(mut body: Vec<u8>) -> Vec<u8> {
        body.extend(Sha256::digest(&body));
        body
    }

    #[test]
    fn what_was_written_is_read() {
        let key = key("a");
        for tensors in [tensors(), Vec::new()] {
            let read = decode(&key, &encode(&key, &tensors)).unwrap();
            assert_eq!(read.len(), tensors.len());
            for ((name, values), (read_name, read)) in tensors.iter().zip(&read) {
                let bits = |tensor: &ArrayD<f32>| tensor.mapv(f32::to_bits);
                assert_eq!((name, bits(values)), (read_name, bits(read)));
            }
        }
    }

    #[test]
    fn every_damaged_bit_and_every_cut_is_seen() {
        let key = key("a");
        let file = encode(&key, &tensors());
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&key, &damaged), None, "bit {bit}");
        }
        for length in 0..file.len() {
            assert_eq!(decode(&key, &file[..length]), None, "cut to {length}");
        }
        let longer: Vec<u8> = file.iter().copied().chain([0]).collect();
        assert_eq!(decode(&key, &longer), None);
        assert!(decode(&key, &file).is_some());
    }

    #[test]
    fn a_true_checksum_alone_does_not_make_it_right() {
        let (ours, other) = (key("a"), key("b"));
        let file = encode(&ours, &tensors());
        assert_eq!(decode(&other, &file), None, "another key");
        let body = &file[..file.len() - 32];
        let changed = |place: usize, bytes: &[u8]| {
            let mut body = body.to_owned();
            body[place..place + bytes.len()].copy_from_slice(bytes);
            sealed(body)
        };
        assert_eq!(decode(&ours, &changed(8, &2u32.to_le_bytes())), None, "another format");
        assert_eq!(decode(&ours, &changed(0, b"deepcrop")), None, "another kind of file");
        for count in [0, 3, 5, u32::MAX] {
            assert_eq!(decode(&ours, &changed(12, &count.to_le_bytes())), None, "{count} tensors");
        }
        // The places of the length of the first tensor's name, of its number of dimensions, and of two dimensions.
        for (place, bytes) in [(48, 4), (60, 4), (64, 8), (72, 8)] {
            for wrong in [0, 1 << 31, u64::MAX] {
                let file = changed(place, &wrong.to_le_bytes()[..bytes]);
                assert_eq!(decode(&ours, &file), None, "{wrong} at {place}");
            }
        }
        assert_eq!(decode(&ours, &changed(52, &[0xff])), None, "a name that is no text");
        assert_eq!(decode(&ours, &sealed([body, &[0]].concat())), None, "more than it should hold");
    }

    proptest! {
        #[test]
        fn no_file_makes_it_fall_over(body in proptest::collection::vec(any::<u8>(), 0..200), whole: bool) {
            let ours = key("a");
            let head = [&MAGIC[..], &FORMAT.to_le_bytes(), &1u32.to_le_bytes(), &ours.0].concat();
            let file = sealed(if whole { [head, body].concat() } else { body });
            let _ = decode(&ours, &file);
        }
    }
}
