use std::{fs, os::unix::fs::PermissionsExt};

use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rstest::rstest;

use super::*;

const LETTER: &[u8] = include_bytes!("../../testdata/dkim/letter.eml");

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/dkim").join(name)
}

fn config(key: &str) -> DkimConfig {
    DkimConfig { domain: "province.example".to_owned(), selector: "leitai".to_owned(), private_key_file: file(key) }
}

/// With a copy of the key, for as long as the directory is kept: a checkout gives its files no modes of their own.
fn with_mode(key: &str, mode: u32) -> (tempfile::TempDir, DkimConfig) {
    let directory = tempfile::tempdir().unwrap();
    let private_key_file = directory.path().join(key);
    fs::copy(file(key), &private_key_file).unwrap();
    fs::set_permissions(&private_key_file, fs::Permissions::from_mode(mode)).unwrap();
    (directory, DkimConfig { private_key_file, ..config(key) })
}

fn signer(key: &str) -> Signer {
    let (_directory, config) = with_mode(key, 0o600);
    Signer::new(&config).unwrap().unwrap()
}

/// The public half as openssl wrote it: SubjectPublicKeyInfo for RSA, 32 bytes for Ed25519.
fn public(kind: &str) -> Vec<u8> {
    BASE64.decode(fs::read_to_string(file(&format!("{kind}.public.txt"))).unwrap()).unwrap()
}

/// A tag of a signature header, without its white space.
fn tag(header: &str, name: &str) -> String {
    let plain: String = header.split_once(':').unwrap().1.chars().filter(|c| !c.is_whitespace()).collect();
    plain.split(';').find_map(|tag| tag.strip_prefix(&format!("{name}="))).unwrap().to_owned()
}

/// True where the first header signs the rest, by the steps of RFC 6376, 6.1.3.
fn verifies(message: &[u8], kind: &str) -> bool {
    let (headers, body) = canonical::split(message);
    let end = message.windows(2).enumerate().find(|(at, pair)| pair == b"\r\n" && !matches!(message[at + 2], b' ' | b'\t')).unwrap().0;
    let header = std::str::from_utf8(&message[..end]).unwrap();
    let names = tag(header, "h");
    let names: Vec<&str> = names.split(':').collect();
    let mut signing = canonical::chosen(&headers[1..], &names);
    let emptied = header.rsplit_once("b=").unwrap().0.to_owned() + "b=";
    signing.extend(canonical::header(emptied.as_bytes()));
    let signature = BASE64.decode(tag(header, "b")).unwrap();
    let hash = BASE64.decode(tag(header, "bh")).unwrap() == digest(&SHA256, &canonical::body(body)).as_ref();
    // The last 270 bytes of a 2,048-bit SubjectPublicKeyInfo are the PKCS#1 key.
    let signed = match kind {
        "rsa" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public(kind)[24..]).verify(&signing, &signature),
        _ => UnparsedPublicKey::new(&ED25519, public(kind)).verify(digest(&SHA256, &signing).as_ref(), &signature),
    };
    hash && signed.is_ok()
}

/// Made by another implementation: if this passes, the canonical forms and the verifier above are right.
#[rstest]
#[case("rsa", include_bytes!("../../testdata/dkim/dkimpy.rsa.eml"))]
#[case("ed25519", include_bytes!("../../testdata/dkim/dkimpy.ed25519.eml"))]
fn dkimpys_signatures_verify(#[case] kind: &str, #[case] signed: &[u8]) {
    assert!(verifies(signed, kind));
    let spoiled = String::from_utf8(signed.to_vec()).unwrap().replace("<1@leitai.example>", "<2@leitai.example>");
    assert!(!verifies(spoiled.as_bytes(), kind));
}

#[rstest]
#[case("rsa.pkcs1.pem", "rsa")]
#[case("rsa.pkcs8.pem", "rsa")]
#[case("ed25519.pem", "ed25519")]
fn our_signatures_verify_and_leave_the_letter_as_it_is(#[case] key: &str, #[case] kind: &str) {
    let signed = signer(key).sign(LETTER).unwrap();
    assert!(signed.ends_with(LETTER));
    assert!(verifies(&signed, kind));
    assert_eq!(signed, signer(key).sign(LETTER).unwrap(), "sent again it is the same");
    let text = String::from_utf8(signed).unwrap();
    assert!(text.lines().all(|line| line.len() <= 78), "{text}");
    for (what, with) in
        [("end\r\n", "End\r\n"), ("18 Apr", "19 Apr"), ("Message-ID: <1", "Message-ID: <2"), ("\r\nDate:", "\r\nTo: c@x\r\nDate:")]
    {
        assert!(!verifies(text.replacen(what, with, 1).as_bytes(), kind), "{what}");
    }
    // Neither is signed: a field nobody named, and white space that relays may change.
    assert!(verifies(text.replace("X-Unsigned: anything\r\n", "").replace("SUBJECT:   ", "subject: ").as_bytes(), kind));
}

#[test]
fn names_are_as_often_as_the_letter_has_them_and_once_more_where_it_counts() {
    let (headers, _) = canonical::split(b"To: a\r\nTo: b\r\nReferences: <1>\r\nFrom: c\r\n\r\n");
    assert_eq!(names(&headers), ["From", "From", "To", "To", "To", "Subject", "Date", "References"]);
}

#[test]
fn a_letter_without_body_or_headers_is_signed_too() {
    for letter in [&b"From: a\r\n\r\n"[..], b"From: a\r\n", b"From: a", b"\r\nbody", b""] {
        assert!(signer("ed25519.pem").sign(letter).unwrap().ends_with(letter));
    }
    assert!(verifies(&signer("ed25519.pem").sign(b"From: a\r\n\r\n").unwrap(), "ed25519"));
}

#[rstest]
#[case("rsa.pkcs1.pem", "rsa")]
#[case("ed25519.pem", "ed25519")]
fn the_record_holds_the_public_key(#[case] key: &str, #[case] kind: &str) {
    let (_directory, config) = with_mode(key, 0o600);
    let record = record(&config).unwrap();
    let (name, strings) = record.split_once(" IN TXT ( ").unwrap();
    assert_eq!(name, "leitai._domainkey.province.example.");
    let strings: Vec<&str> = strings.trim_end_matches(" )").split("\" \"").collect();
    assert!(strings.iter().all(|string| string.trim_matches('"').len() <= 255));
    let text = strings.concat().replace('"', "");
    assert_eq!(text, format!("v=DKIM1; k={kind}; p={}", BASE64.encode(public(kind))));
}

#[test]
fn without_a_domain_nothing_is_signed() {
    assert!(Signer::new(&DkimConfig::default()).unwrap().is_none());
    assert!(matches!(record(&DkimConfig::default()), Err(DkimError::Off)));
}

#[rstest]
#[case::bad_domain(DkimConfig { domain: "province example".to_owned(), ..config("ed25519.pem") }, "dkim.domain `province example`")]
#[case::no_selector(DkimConfig { selector: String::new(), ..config("ed25519.pem") }, "dkim.selector ``")]
#[case::a_second_tag(DkimConfig { selector: "a; d=b".to_owned(), ..config("ed25519.pem") }, "dkim.selector")]
#[case::no_file(config("absent.pem"), "absent.pem` cannot be read")]
fn what_cannot_sign_is_named(#[case] config: DkimConfig, #[case] said: &str) {
    let Err(error) = Signer::new(&config) else { panic!("taken") };
    assert!(error.to_string().contains(said), "{error}");
}

#[rstest]
#[case::no_key("letter.eml", "no unencrypted private key in PEM")]
#[case::too_short("rsa1024.pem", "the key is refused (TooSmall)")]
fn what_is_no_good_key_is_named(#[case] file: &str, #[case] said: &str) {
    let (_directory, config) = with_mode(file, 0o600);
    let Err(error) = Signer::new(&config) else { panic!("taken") };
    assert!(error.to_string().contains(said), "{error}");
}

#[rstest]
#[case::one_owner(0o600, true)]
#[case::a_group(0o640, true)]
#[case::everyone_reads(0o644, false)]
#[case::everyone_writes(0o602, false)]
fn a_key_that_is_everyones_is_refused(#[case] mode: u32, #[case] taken: bool) {
    let (_directory, config) = with_mode("ed25519.pem", mode);
    let signer = Signer::new(&config);
    assert_eq!(signer.is_ok(), taken);
    if let Err(error) = signer {
        assert!(error.to_string().contains(&format!("has mode {mode:04o}: everyone may read or change it")), "{error}");
    }
}

#[rstest]
#[case("a@province.example", true)]
#[case("a@Letters.Province.example", true)]
#[case("a@otherprovince.example", false)]
#[case("a@example", false)]
#[case("broken", false)]
fn a_signature_counts_for_its_domain_and_those_below(#[case] sender: &str, #[case] expected: bool) {
    assert_eq!(signer("ed25519.pem").aligned(sender), expected);
}
