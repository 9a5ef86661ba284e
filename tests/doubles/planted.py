"""Secrets and personal data that are nobody's, made when they are needed: no file of the project holds one.

Forms are those that vendors publish; what is random in them is drawn from a seed. Numbers with check digits get right ones.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import random
import string
from collections.abc import Callable
from types import ModuleType

import phonenumbers as p
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel

Make = Callable[[random.Random], str]

_ALNUM = string.ascii_letters + string.digits
_URL = _ALNUM + "-_"
_HEX = string.digits + "abcdef"
_BASE64 = _ALNUM + "+/"
_UPPER = string.ascii_uppercase + string.digits

SENTENCES = (
    "{}",
    "Why does this not work: {}",
    "I tried it with {} and got an error.",
    "Here it is: {}, please check.",
    "Use {}.\nThanks!",
    "({})",
    'It says "{}" there.',
)


def draw(chance: random.Random, signs: str, length: int) -> str:
    """Random signs."""
    return "".join(chance.choices(signs, k=length))


def _token(prefix: str, signs: str, length: int, after: str = "") -> Make:
    return lambda chance: prefix + draw(chance, signs, length) + after


def _json_web_token(chance: random.Random) -> str:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head, body = (
        {"alg": "HS256", "typ": "JWT"},
        {"sub": draw(chance, string.digits, 9), "exp": chance.randint(1, 10**9)},
    )
    return f"{part(head)}.{part(body)}.{draw(chance, _URL, 43)}"


def _private_key(chance: random.Random) -> str:
    kind = chance.choice(["RSA ", "EC ", "OPENSSH ", "", "DSA ", "ENCRYPTED "])
    lines = "\n".join(draw(chance, _BASE64, 64) for _ in range(chance.randint(3, 20)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def _address_with_password(chance: random.Random) -> str:
    scheme = chance.choice(["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp", "postgresql"])
    user = draw(chance, string.ascii_lowercase, 6)
    host = chance.choice(["db.internal:5432/app", "10.2.0.7:6379", "localhost/queue", "files.corp.lan"])
    return f"{scheme}://{user}:{draw(chance, _ALNUM + '!$%', 12)}@{host}"


def _password(chance: random.Random) -> str:
    said = chance.choice(
        ["my password is {}", "password: {}", "the password for the server is {}", "PASSWORD={}", "pwd={}"]
    )
    word = draw(chance, string.ascii_letters, 6) + draw(chance, string.digits, 2) + chance.choice("!$%&?#")
    return said.format(word + draw(chance, _ALNUM, 2))


def _assigned(chance: random.Random) -> str:
    name = chance.choice(["api_key", "API_KEY", "client_secret", "SECRET_KEY", "auth_token", "apiKey"])
    return chance.choice(["{}={}", '{} = "{}"', '"{}": "{}"', "{}: {}"]).format(name, draw(chance, _ALNUM, 32))


def _aws_secret(chance: random.Random) -> str:
    return f"aws_secret_access_key = {draw(chance, _BASE64, 40)}"


def _slack(chance: random.Random) -> str:
    kind = chance.choice("bpar")
    return f"xox{kind}-{draw(chance, string.digits, 12)}-{draw(chance, string.digits, 12)}-{draw(chance, _ALNUM, 24)}"


def _webhook(chance: random.Random) -> str:
    place = f"T{draw(chance, _UPPER, 8)}/B{draw(chance, _UPPER, 10)}/{draw(chance, _ALNUM, 24)}"
    return f"https://hooks.slack.com/services/{place}"


def _discord(chance: random.Random) -> str:
    return f"{chance.choice('MNO')}{draw(chance, _ALNUM, 23)}.{draw(chance, _URL, 6)}.{draw(chance, _URL, 27)}"


def _telegram(chance: random.Random) -> str:
    return f"{chance.randint(10**8, 10**10 - 1)}:AA{draw(chance, _URL, 33)}"


SECRETS: dict[str, Make] = {
    "private key": _private_key,
    "AWS access key": lambda chance: (
        chance.choice(["AKIA", "ASIA"]) + draw(chance, string.ascii_uppercase + "234567", 16)
    ),
    "AWS secret key": _aws_secret,
    "GitHub token": lambda chance: f"gh{chance.choice('pousr')}_{draw(chance, _ALNUM, 36)}",
    "GitHub token, fine-grained": lambda chance: f"github_pat_{draw(chance, _ALNUM, 22)}_{draw(chance, _ALNUM, 59)}",
    "GitLab token": _token("glpat-", _URL, 20),
    "Slack token": _slack,
    "webhook address": _webhook,
    "Stripe key": lambda chance: f"{chance.choice('sr')}k_live_{draw(chance, _ALNUM, chance.choice([24, 99]))}",
    "Google key": _token("AIza", _URL, 35),
    "Anthropic key": _token("sk-ant-api03-", _URL, 93, "AA"),
    "OpenAI key": lambda chance: f"sk-{draw(chance, _ALNUM, 20)}T3BlbkFJ{draw(chance, _ALNUM, 20)}",
    "OpenAI key of a project": lambda chance: f"sk-proj-{draw(chance, _URL, 74)}T3BlbkFJ{draw(chance, _URL, 74)}",
    "Hugging Face token": _token("hf_", string.ascii_letters, 34),
    "npm token": _token("npm_", _ALNUM, 36),
    "PyPI token": lambda chance: "pypi-AgEIcHlwaS5vcmc" + draw(chance, _URL, chance.randint(70, 160)),
    "Telegram bot token": _telegram,
    "Discord token": _discord,
    "JSON web token": _json_web_token,
    "SendGrid key": lambda chance: f"SG.{draw(chance, _URL, 22)}.{draw(chance, _URL, 43)}",
    "Twilio key": _token("SK", _HEX, 32),
    "Mailgun key": _token("key-", _HEX, 32),
    "Mailchimp key": lambda chance: f"{draw(chance, _HEX, 32)}-us{chance.randint(1, 21)}",
    "DigitalOcean token": _token("dop_v1_", _HEX, 64),
    "Shopify token": _token("shpat_", _HEX, 32),
    "Azure key": lambda chance: f"AccountName=x;AccountKey={draw(chance, _BASE64, 86)}==",
    "Databricks token": _token("dapi", _HEX, 32),
    "password in an address": _address_with_password,
    "password": _password,
    "key in an assignment": _assigned,
}


def _card(chance: random.Random) -> str:
    start, length = chance.choice(
        [("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15), ("6011", 16), ("2221", 16)]
    )
    body = start + draw(chance, string.digits, length - len(start) - 1)
    number = body + luhn.calc_check_digit(body)
    if length == 15:
        return chance.choice([number, f"{number[:4]} {number[4:10]} {number[10:]}"])
    return chance.choice(["", " ", "-"]).join(number[i : i + 4] for i in range(0, 16, 4))


def _iban(chance: random.Random) -> str:
    country, form = chance.choice(
        [("DE", "n" * 18), ("GB", "a" * 4 + "n" * 14), ("FR", "n" * 23), ("ES", "n" * 20), ("NL", "a" * 4 + "n" * 10)]
    )
    while True:
        body = "".join(chance.choice(string.digits if sign == "n" else string.ascii_uppercase) for sign in form)
        number = country + iban.calc_check_digits(country + "00" + body) + body
        if iban.is_valid(number):
            return chance.choice([number, iban.format(number)])


def _public(chance: random.Random, make: Callable[[int], object], bits: int, low: int, high: int) -> str:
    while True:
        address = make(chance.randint(low << (bits - 16), (high << (bits - 16)) - 1))
        if ipaddress.ip_address(str(address)).is_global:
            return str(address)


def _email(chance: random.Random) -> str:
    name = draw(chance, string.ascii_lowercase, chance.randint(3, 9))
    ending = chance.choice(["com", "org", "de", "co.uk", "fr", "net", "io", "com.br"])
    more = chance.choice(["", f".{draw(chance, string.ascii_lowercase, 5)}", f"{chance.randint(1, 99)}", "+list", "_x"])
    return f"{name}{more}@{draw(chance, string.ascii_lowercase, 7)}.{ending}"


def _us_ssn(chance: random.Random) -> str:
    area = chance.choice([number for number in range(1, 900) if number != 666])
    return f"my SSN is {area:03}-{chance.randint(1, 99):02}-{chance.randint(1, 9999):04}"


def _tax_number(chance: random.Random) -> str:
    digits = chance.sample(string.digits[1:], 9)
    digits.insert(chance.randint(1, 9), chance.choice(digits))
    body = "".join(digits)
    return body + mod_11_10.calc_check_digit(body)


def _with_check(chance: random.Random, length: int, module: ModuleType) -> str:
    body = draw(chance, string.digits, length)
    return body + module._calc_check_digits(body)


def _checked(is_valid: Callable[[str], bool], make: Make, words: str) -> Make:
    def find(chance: random.Random) -> str:
        while True:
            number = make(chance)
            if is_valid(number):
                return words.format(number)

    return find


def _fiscal_code(chance: random.Random) -> str:
    letters = draw(chance, "BCDFGLMNPRSTV", 6)
    day = f"{chance.randint(40, 99)}{chance.choice('ABCDEHLMPRST')}{chance.randint(1, 28):02}"
    body = f"{letters}{day}H501"
    return body + codicefiscale.calc_check_digit(body)


def _pesel(chance: random.Random) -> str:
    body = f"{chance.randint(50, 99)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}{chance.randint(0, 9999):04}"
    return body + pesel.calc_check_digit(body)


def _nir(chance: random.Random) -> str:
    born = f"{chance.randint(1, 2)}{chance.randint(50, 99)}{chance.randint(1, 12):02}"
    body = f"{born}75{chance.randint(1, 990):03}{chance.randint(1, 999):03}"
    return body + f"{97 - int(body) % 97:02}"


def _dni(chance: random.Random) -> str:
    number = draw(chance, string.digits, 8)
    return number + dni.calc_check_digit(number)


PERSONAL: dict[str, Make] = {
    "e-mail address": _email,
    "payment card": _card,
    "bank account (IBAN)": _iban,
    "IPv4 address": lambda chance: _public(chance, ipaddress.IPv4Address, 32, 1 << 8, 224 << 8),
    "IPv6 address": lambda chance: _public(chance, ipaddress.IPv6Address, 128, 0x2001, 0x2C10),
    "US social security number": _us_ssn,
    "Brazilian CPF": _checked(cpf.is_valid, lambda chance: cpf.format(_with_check(chance, 9, cpf)), "CPF {}"),
    "Spanish DNI": _checked(dni.is_valid, _dni, "mi DNI es {}"),
    "Italian codice fiscale": _checked(codicefiscale.is_valid, _fiscal_code, "codice fiscale {}"),
    "Dutch BSN": _checked(bsn.is_valid, lambda chance: draw(chance, string.digits, 9), "mijn BSN is {}"),
    "Polish PESEL": _checked(pesel.is_valid, _pesel, "PESEL: {}"),
    "French NIR": _checked(nir.is_valid, _nir, "numéro de sécurité sociale {}"),
    "German tax number": _checked(idnr.is_valid, _tax_number, "Steuer-ID {}"),
}


REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BR", "IN", "CA", "AU", "PL", "CH", "AT", "MX", "JP")


def phone(chance: random.Random, region: str) -> str:
    """A number that could be one of the region, as people there write it, with or without the country."""
    kind = chance.choice([p.PhoneNumberType.MOBILE, p.PhoneNumberType.FIXED_LINE])
    sample = p.example_number_for_type(region, kind)
    while True:
        digits = p.national_significant_number(sample)
        keep = len(digits) - chance.randint(4, 6)
        number = p.parse(digits[:keep] + draw(chance, string.digits, len(digits) - keep), region)
        if p.is_valid_number_for_region(number, region):
            break
    forms = p.PhoneNumberFormat
    form = chance.choice([forms.NATIONAL, forms.NATIONAL, forms.INTERNATIONAL, forms.E164])
    said = p.format_number(number, form)
    return chance.choice([said, said, said.replace(" ", "-"), said.replace(" ", ".")])


PHONE_SENTENCES = (
    "{}",
    "Call me at {} tomorrow.",
    "My number is {}, ask for Kim.",
    "You reach the office under {}",
    "Ring {} after six, or write.",
    "Tel. {}",
)


def plant(seed: int, count: int = 25) -> dict[str, list[tuple[str, str]]]:
    """Kind → (text with one of it, the piece that must not be left in it)."""
    chance = random.Random(seed)
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, make in {**SECRETS, **PERSONAL}.items():
        said = [make(chance) for _ in range(count)]
        found[kind] = [(chance.choice(SENTENCES).format(text), telling(kind, text)) for text in said]
    return found


def plant_phones(seed: int, count: int = 25, regions: tuple[str, ...] = REGIONS) -> dict[str, list[tuple[str, str]]]:
    """Region → (text with a number, the number)."""
    chance = random.Random(seed)
    said = {region: [phone(chance, region) for _ in range(count)] for region in regions}
    return {
        region: [(chance.choice(PHONE_SENTENCES).format(one), one) for one in ones] for region, ones in said.items()
    }


def telling(kind: str, text: str) -> str:
    """The part of a planted text that gives it away."""
    if kind == "private key":
        return text.splitlines()[1]
    if kind == "password in an address":
        return text.split("//", 1)[1].rsplit("@", 1)[0].split(":", 1)[1]
    if kind == "Azure key":
        return text.rsplit("AccountKey=", 1)[1].rstrip("=")
    if kind == "webhook address":
        return text.rsplit("/", 1)[1]
    return text.rsplit(maxsplit=1)[-1].strip("\"'").split("=")[-1].strip("\"'") if " " in text or "=" in text else text
