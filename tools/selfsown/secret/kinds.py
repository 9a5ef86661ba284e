# ruff: noqa: E501
"""The forms of secrets: one line a kind. `secret` is the group to be hidden; where there is none, the whole match is.

Every expression begins with something literal, repeats nothing nested, and bounds what it repeats: linear in the length
of a text. `hints` are pieces of text of which every match holds one, in any case: a text without them is not searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretKind:
    """`is_vague`: the form alone proves nothing, so the value has to look random, too."""

    name: str
    hints: tuple[str, ...]
    form: re.Pattern[str]
    is_vague: bool = False


def _kind(name: str, hints: str, form: str, flags: int = 0, *, is_vague: bool = False) -> SecretKind:
    return SecretKind(name, tuple(hints.split()), re.compile(form, flags | re.ASCII), is_vague)


_I = re.IGNORECASE
_B = r"(?<![A-Za-z0-9])"  # where a token begins
_E = r"(?![A-Za-z0-9])"  # where it ends
_NAMED = r"[\w.\-]{0,40}"
_IS = r"[\"'`]{0,2}\s{0,3}(?:=>|:=|[=:])\s{0,3}[\"'`]{0,2}"

# fmt: off
KINDS: tuple[SecretKind, ...] = (
    _kind("private key", "private", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,12000}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"),
    _kind("private key", "putty-user-key", r"PuTTY-User-Key-File-[0-9]:[\s\S]{0,200}Private-Lines:[\s\S]{0,6000}"),
    _kind("private key", "age-secret-key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", _I),
    _kind("AWS access key", "akia asia abia acca a3t", _B + r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" + _E),
    _kind("AWS secret key", "aws", r"aws[\w.\- ]{0,30}(?:secret|key)" + _NAMED + _IS + r"(?P<secret>[A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])", _I),
    _kind("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", _B + r"gh[pousr]_[A-Za-z0-9]{36,251}" + _E),
    _kind("GitHub token", "github_pat_", _B + r"github_pat_[A-Za-z0-9_]{36,255}"),
    _kind("GitLab token", "glpat- gldt- glrt- glft- glcbt- glptt- glsoat-", _B + r"gl(?:pat|dt|rt|ft|cbt|ptt|soat)-[\w\-]{20,64}"),
    _kind("Slack token", "xox xapp-", _B + r"(?:xox[abceoprs]-[A-Za-z0-9\-]{10,250}|xapp-[0-9]-[A-Za-z0-9\-]{20,250})"),
    _kind("webhook address", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/]{20,120})", _I),
    _kind("webhook address", "api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(?P<secret>[0-9]{15,22}/[\w\-]{30,100})", _I),
    _kind("webhook address", "webhook.office.com", r"webhook\.office\.com/webhookb2/(?P<secret>[\w\-@/]{36,250})", _I),
    _kind("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", _B + r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,64})"),
    _kind("Google key", "aiza", _B + r"AIza[\w\-]{35}(?![\w\-])"),
    _kind("Google token", "ya29. gocspx-", _B + r"(?:ya29\.[\w\-]{20,1000}|GOCSPX-[\w\-]{28})"),
    _kind("Anthropic key", "sk-ant-", _B + r"sk-ant-[\w\-]{20,200}"),
    _kind("OpenAI key", "sk-", _B + r"sk-(?:(?:proj|svcacct|admin|None|or-v1)-[\w\-]{20,250}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{32,64})(?![\w\-])"),
    _kind("Hugging Face token", "hf_ api_org_", _B + r"(?:hf|api_org)_[A-Za-z0-9]{34,40}" + _E),
    _kind("npm token", "npm_", _B + r"npm_[A-Za-z0-9]{36}" + _E),
    _kind("PyPI token", "pypi-", _B + r"pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)[\w\-]{50,1000}|" + _B + r"pypi-[\w\-]{85,1000}"),
    _kind("RubyGems key", "rubygems_", _B + r"rubygems_[a-f0-9]{48}" + _E),
    _kind("Telegram bot token", ":aa", r"(?<![0-9A-Za-z])[0-9]{8,10}:AA[\w\-]{32,34}(?![\w\-])"),
    _kind("Discord token", ".", _B + r"[MNO][A-Za-z0-9\-_]{23,27}\.[\w\-]{6}\.[\w\-]{27,40}(?![\w\-])"),
    _kind("JSON web token", "eyj", _B + r"eyJ[\w\-]{10,2000}\.eyJ[\w\-]{10,4000}\.[\w\-]{16,2000}(?![\w\-])"),
    _kind("SendGrid key", "sg.", _B + r"SG\.[\w\-]{20,24}\.[\w\-]{39,50}(?![\w\-])"),
    _kind("Twilio key", "sk", _B + r"SK[0-9a-f]{32}" + _E),
    _kind("Mailgun key", "key-", _B + r"key-[0-9a-f]{32}" + _E),
    _kind("Mailchimp key", "-us", _B + r"[0-9a-f]{32}-us[0-9]{1,2}" + _E),
    _kind("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", _B + r"do[opr]_v1_[a-f0-9]{64}" + _E),
    _kind("Shopify token", "shp", _B + r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}" + _E),
    _kind("Azure key", "accountkey= sharedaccesskey=", r"(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/]{43,88}={0,2})", _I),
    _kind("Azure key", "sig=", r"[?&;]sig=(?P<secret>[A-Za-z0-9%+/]{40,120}(?:%3D|=){0,2})", _I),
    _kind("Databricks token", "dapi", _B + r"dapi[0-9a-f]{32}(?:-[0-9])?" + _E),
    _kind("Docker token", "dckr_", _B + r"dckr_(?:pat|oat)_[\w\-]{27,40}"),
    _kind("Notion token", "secret_ ntn_", _B + r"(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50})" + _E),
    _kind("Linear key", "lin_", _B + r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}" + _E),
    _kind("Atlassian token", "atatt3", _B + r"ATATT3[\w\-=]{50,250}"),
    _kind("Figma token", "figd_", _B + r"figd_[\w\-]{40,60}"),
    _kind("Grafana token", "glsa_ glc_", _B + r"(?:glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}|glc_[A-Za-z0-9+/=]{32,400})"),
    _kind("HashiCorp token", "hvs. hvb. .atlasv1.", _B + r"(?:hv[sb]\.[\w\-]{24,300}|[A-Za-z0-9]{14}\.atlasv1\.[\w\-]{60,80})"),
    _kind("Square token", "sq0 eaaa", _B + r"(?:sq0(?:atp|csp|idp)-[\w\-]{22,60}|EAAA[\w\-]{60,64})(?![\w\-])"),
    _kind("New Relic key", "nra", _B + r"NRA[AKL]-[A-Z0-9]{27}" + _E, _I),
    _kind("Sentry token", "sntry", _B + r"sntry[su]_[A-Za-z0-9+/=_]{50,400}"),
    _kind("Postman key", "pmak-", _B + r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}" + _E, _I),
    _kind("Doppler token", "dp.", _B + r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9\-_]{2,35}\.)?[A-Za-z0-9]{40,44}" + _E),
    _kind("Pulumi token", "pul-", _B + r"pul-[a-f0-9]{40}" + _E),
    _kind("Supabase key", "sbp_ sb_secret_", _B + r"(?:sbp_[a-f0-9]{40}|sb_secret_[\w\-]{30,60})" + _E),
    _kind("Model API key", "r8_ gsk_ xai- pplx- nvapi- fw_ csk- tgp_v1_", _B + r"(?:r8_[A-Za-z0-9]{37}|gsk_[A-Za-z0-9]{52}|xai-[A-Za-z0-9]{80}|pplx-[A-Za-z0-9]{40,56}|nvapi-[\w\-]{60,70}|csk-[a-z0-9]{48}|tgp_v1_[\w\-]{43})" + _E),
    _kind("password in an address", "://", r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/?#\[\]@\"'<>]{0,100}:(?P<secret>[^\s/@\"'<>]{3,200})@(?=[\w\[])", _I),
    _kind("authorization header", "bearer basic token", r"\bauthorization[\"'`]{0,2}\s{0,3}[:=,]\s{0,3}[\"'`]{0,2}(?:bearer|basic|token)\s{1,3}(?P<secret>[\w\-.~+/]{12,2000}={0,2})", _I, is_vague=True),
    _kind("password", "pass pwd kennwort contraseña senha", r"(?<![a-z])(?:pass(?:word|wd|phrase|code|wort)?|pwd|pwort|kennwort|contraseña|contrasena|senha|mot de passe)(?:\s{1,2}(?:for|to|of|on)\s[^\s.,;:!?]{1,30}(?:\s[^\s.,;:!?]{1,30}){0,3})?(?:" + _IS + r"|\s{0,2}(?:is|ist|es|est|é|was|lautet)\s{0,2}:?\s{1,2}[\"'`“„]?)(?P<secret>[^\s\"'`“”„<>]{6,128})", _I, is_vague=True),
    _kind("key in an assignment", "key token secret credential", r"(?:api[_\- ]?key|access[_\- ]?key|secret(?:[_\- ]?key)?|(?:auth|access|refresh|api|bearer|bot)[_\- ]?token|credentials?|client[_\- ]?secret|private[_\- ]?key|encryption[_\- ]?key)" + r"(?:" + _IS + r"|\s{1,2}is:?\s{1,2}[\"'`“]?)(?P<secret>[\w\-.+/=~$!@#%^&*]{12,512})", _I, is_vague=True),
)
# fmt: on
