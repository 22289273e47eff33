package dev.latido.setting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class SectionTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    http://user:secret@host/x?token=secret | 'http://***@host/x?***'
                    http://host/x?secret                   | 'http://host/x?***'
                    ftp://secret@host                      | 'ftp://***@host'
                    http://a:se@cret@host/                 | 'http://***@host/'
                    http://us er:secret@host               | 'http://***@host'
                    user:secret@host/x?token=secret        | '***@host/x?***'
                    http://host/x                          | 'http://host/x'
                    0 0 0 ? * 9                            | '0 0 0 ? * 9'
                    @dayly                                 | '@dayly'
                    high                                   | 'high'
                    """)
    void whatIsSecretInAUrlIsNotRepeated(String value, String shown) {
        assertThat(Section.shown(value)).isEqualTo(shown).doesNotContain("secret");
    }
}
