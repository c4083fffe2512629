use crate::{Format, Limits, ReadError, read};

/// A PDF of these objects, numbered from 1, of which the first is the catalogue.
fn pdf(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut file = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(objects) {
        offsets.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    let size = objects.len() + 1;
    file.push_str(&format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// A PDF with a page for each of these texts.
fn pages(texts: &[&str]) -> Vec<u8> {
    let kids: String = (0..texts.len()).map(|index| format!("{} 0 R ", 4 + 2 * index)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", texts.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for (index, text) in texts.iter().enumerate() {
        let stream = format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
            5 + 2 * index
        ));
        objects.push(format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()));
    }
    pdf(&objects, "")
}

fn read_pdf(bytes: &[u8]) -> Result<Vec<crate::Piece>, ReadError> {
    read(Format::Pdf, bytes, &Limits::default())
}

#[test]
fn each_piece_names_its_page() {
    let pieces = read_pdf(&pages(&["Refunds take thirty days.", "Shipping is free."])).unwrap();
    let told: Vec<_> = pieces.iter().map(|piece| (piece.trail.join("/"), piece.text.as_str())).collect();
    let expected = [("Page 1", "Refunds take thirty days."), ("Page 2", "Shipping is free.")];
    assert_eq!(told, expected.map(|(trail, text)| (trail.to_owned(), text)));
}

#[test]
fn what_is_no_pdf_is_refused() {
    for bytes in
        [&b""[..], b"%PDF-1.7", b"<html>", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>"]
    {
        assert_eq!(read_pdf(bytes), Err(ReadError::Damaged(Format::Pdf)));
    }
    let whole = pages(&["Some text that is cut off somewhere."]);
    for length in (0..whole.len()).step_by(7) {
        let _ = read_pdf(&whole[..length]);
    }
}

#[test]
fn a_page_that_the_library_trips_over_is_no_panic() {
    // It insists on a MediaBox.
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R>>",
    ];
    let objects = objects.map(str::to_owned);
    assert_eq!(read_pdf(&pdf(&objects, "")), Err(ReadError::Damaged(Format::Pdf)));
}

#[test]
fn a_locked_one_says_so() {
    let hex = "00".repeat(32);
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[]/Count 0>>".to_owned(),
        format!("<</Filter/Standard/V 1/R 2/O<{hex}>/U<{hex}>/P -4>>"),
    ];
    let lock = "/Encrypt 3 0 R/ID[<00><00>]";
    assert_eq!(read_pdf(&pdf(&objects, lock)), Err(ReadError::Encrypted));
}

#[test]
fn pages_are_counted_before_they_are_read() {
    let few = Limits { pages: 1, ..Limits::default() };
    let error = read(Format::Pdf, &pages(&["a", "b"]), &few).unwrap_err();
    assert_eq!(error, ReadError::TooManyPages { most: 1 });
}
